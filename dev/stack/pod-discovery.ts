/**
 * The pods of the cluster as Prometheus's own discovery of them (`kubernetes_sd_configs`, role pod) gives them to its relabelling. Debian builds its Prometheus without that one, so the stack
 * answers in its place, over HTTP; what the relabelling does with them is then the real thing.
 */
interface Port {
  readonly name?: string;
  readonly containerPort: number;
  readonly protocol?: string;
}

interface Container {
  readonly name: string;
  readonly image?: string;
  readonly ports?: readonly Port[];
}

export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly Container[];
    readonly initContainers?: readonly Container[];
  };
  readonly status?: { readonly phase?: string; readonly podIP?: string };
}

export interface TargetGroup {
  /** `host:port`, or a host alone. */
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

const meta = '__meta_kubernetes_';
const sanitized = (name: string): string => name.replaceAll(/[^A-Za-z0-9_]/g, '_');

/** One group for each port of each container, or for a container without ports; a pod without an address has none. */
export function targetsOf(pods: readonly Pod[]): TargetGroup[] {
  return pods.flatMap((pod) => {
    const address = pod.status?.podIP;
    if (address === undefined || address === '') return [];
    const own = labelsOf(pod, address);
    const groups = (containers: readonly Container[] | undefined, init: boolean): TargetGroup[] =>
      (containers ?? []).flatMap((container) => ofContainer(container, { address, own, init }));
    return [...groups(pod.spec?.containers, false), ...groups(pod.spec?.initContainers, true)];
  });
}

function labelsOf({ metadata, spec, status }: Pod, address: string): Record<string, string> {
  const labels: Record<string, string> = {
    [`${meta}namespace`]: metadata.namespace ?? '',
    [`${meta}pod_name`]: metadata.name,
    [`${meta}pod_uid`]: metadata.uid,
    [`${meta}pod_ip`]: address,
    [`${meta}pod_phase`]: status?.phase ?? '',
    [`${meta}pod_node_name`]: spec?.nodeName ?? '',
  };
  for (const kind of ['label', 'annotation'] as const)
    for (const [name, value] of Object.entries(metadata[`${kind}s`] ?? {})) {
      labels[`${meta}pod_${kind}_${sanitized(name)}`] = value;
      labels[`${meta}pod_${kind}present_${sanitized(name)}`] = 'true';
    }
  return labels;
}

interface Place {
  readonly address: string;
  readonly own: Readonly<Record<string, string>>;
  readonly init: boolean;
}

function ofContainer(container: Container, { address, own, init }: Place): TargetGroup[] {
  const labels = {
    ...own,
    [`${meta}pod_container_name`]: container.name,
    [`${meta}pod_container_image`]: container.image ?? '',
    [`${meta}pod_container_init`]: String(init),
  };
  const { ports = [] } = container;
  if (ports.length === 0) return [{ targets: [address], labels }];
  return ports.map(({ name = '', containerPort, protocol = 'TCP' }) => ({
    targets: [`${address}:${containerPort}`],
    labels: {
      ...labels,
      [`${meta}pod_container_port_name`]: name,
      [`${meta}pod_container_port_number`]: String(containerPort),
      [`${meta}pod_container_port_protocol`]: protocol,
    },
  }));
}
