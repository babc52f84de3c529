/** Where the API server is, and how to be let in: `kube-config.ts` has the real one. */
import http from 'node:http';

/** What a request needs beside its path. */
export interface Access {
  readonly agent: http.Agent;
  readonly headers: http.OutgoingHttpHeaders;
  /** `user:password`, for the few clusters that still take it. */
  readonly auth?: string;
}

export interface Connection {
  readonly server: URL;
  /** The namespace of the kubeconfig's context; in a pod, the pod's own. */
  readonly namespace: string | undefined;
  /** Throws KubeError. */
  access(): Promise<Access>;
  close(): void;
}

/** As client-go: dead peers are found though nothing is sent. */
export const tcpKeepAliveMs = 30_000;

/** Plain HTTP without credentials, e.g. to `kubectl proxy` or a server in a test. */
export function connectPlain(server: URL): Connection {
  const agent = new http.Agent({ keepAlive: true, keepAliveMsecs: tcpKeepAliveMs });
  return {
    server,
    namespace: undefined,
    access: () => Promise.resolve({ agent, headers: {} }),
    close: () => agent.destroy(),
  };
}
