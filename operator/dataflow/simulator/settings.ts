/** How the simulated SCDF behaves. All of it may be changed while it runs. */

export type Operation =
  | 'appVersions'
  | 'definition'
  | 'deployment'
  | 'runtime'
  | 'history'
  | 'definitions'
  | 'platforms'
  | 'register'
  | 'makeDefault'
  | 'unregister'
  | 'create'
  | 'destroy'
  | 'deploy'
  | 'undeploy'
  | 'update'
  | 'scale'
  | 'app'
  | 'manifest'
  | 'about'
  | 'health'
  | 'unknown';

/** What becomes of a container image. Names are tried as given, e.g. `docker:localhost/hello:404`. */
export type ImageBehaviour =
  | { readonly kind: 'ready'; readonly afterMs: number }
  | { readonly kind: 'neverPulls' }
  | {
      readonly kind: 'crashes';
      readonly exitCode: number;
      readonly reason: string;
      /** Between two restarts. */
      readonly everyMs: number;
    };

export interface Settings {
  /** From the arrival of a request to what it does. */
  latencyMs: Partial<Record<Operation, number>>;
  /** On top of that for `definitions`, for each deployed stream. */
  perDeployedStreamMs: number;
  /** How many writes to the platform (deploy, undeploy, destroy, update, scale) run at a time; more wait. */
  capacity: number;
  /** How many requests of any kind it works on at a time; more wait, in the order of arrival. */
  inFlight: number;
  /** From a deployment to its first pods; until then its status reads `undeployed`. */
  appearAfterMs: number;
  /** From a pod's appearance to its readiness, for images that `images` says nothing of. */
  readyAfterMs: number;
  images: Map<string, ImageBehaviour>;
  /** Skipper looks at the new apps of an upgrade each `pollMs`, and gives up after `timeoutMs`. */
  healthCheck: { pollMs: number; timeoutMs: number };
  /** Skipper's accounts by name, with the type of each. */
  platforms: Map<string, string>;
  /** When set, a request without this bearer token is 401. */
  token: string | undefined;
}

/** All at once: nothing takes any time. */
export function quick(): Settings {
  return {
    latencyMs: {},
    perDeployedStreamMs: 0,
    capacity: Number.POSITIVE_INFINITY,
    inFlight: Number.POSITIVE_INFINITY,
    appearAfterMs: 0,
    readyAfterMs: 0,
    images: new Map(),
    healthCheck: { pollMs: 0, timeoutMs: 300_000 },
    platforms: new Map([['default', 'kubernetes']]),
    token: undefined,
  };
}

/** As slow as the recorded server: a small app that is probed after 2 s, no pull. */
export function measured(): Settings {
  const reads = {
    definition: 25,
    deployment: 45,
    runtime: 40,
    history: 30,
    appVersions: 20,
    definitions: 20,
  };
  const writes = { register: 20, makeDefault: 20, unregister: 60, create: 40 };
  const slow = { deploy: 300, undeploy: 200, destroy: 150, update: 300, scale: 250 };
  return {
    ...quick(),
    latencyMs: { ...reads, ...writes, ...slow },
    perDeployedStreamMs: 20,
    capacity: 4,
    appearAfterMs: 200,
    readyAfterMs: 4000,
    healthCheck: { pollMs: 5000, timeoutMs: 300_000 },
  };
}
