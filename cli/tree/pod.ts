/** A pod of a stream, as much as a tree shows of it. Pure, over whatever the API server has said. */

export interface Pod {
  readonly stream: string;
  readonly namespace: string;
  readonly name: string;
  /** As in kubectl's column STATUS. */
  readonly status: string;
  readonly ready: boolean;
  readonly restarts: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

interface ContainerStatus {
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string };
    readonly terminated?: { readonly reason?: string; readonly exitCode?: number };
  };
}

export interface PodObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export function podOf({ metadata, status = {} }: PodObject): Pod {
  const { containerStatuses: containers = [] } = status;
  return {
    stream: metadata.labels?.['spring-group-id'] ?? '',
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    status: metadata.deletionTimestamp === undefined ? wordFor(status) : 'Terminating',
    ready: containers.length > 0 && containers.every(({ ready }) => ready === true),
    restarts: containers.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
    createdAt: Date.parse(metadata.creationTimestamp),
  };
}

function wordFor({
  phase = 'Unknown',
  reason,
  containerStatuses = [],
}: NonNullable<PodObject['status']>): string {
  return troubleOf(containerStatuses) ?? reason ?? phase;
}

/** Why a container does not run. */
function troubleOf(containers: readonly ContainerStatus[]): string | undefined {
  for (const { state } of containers) {
    const { waiting, terminated } = state ?? {};
    if (waiting?.reason !== undefined) return waiting.reason;
    if (terminated !== undefined) return terminated.reason ?? `ExitCode:${terminated.exitCode ?? ''}`;
  }
  return undefined;
}
