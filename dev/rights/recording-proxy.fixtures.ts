/** A proxy before the API server that notes what is asked of it and what it answers. It adds no credentials of its own. */
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { loadKubeConfig } from '../../operator/kube/kube-config.ts';
import { requestOf, type ApiRequest } from './rules.fixtures.ts';

export interface Recorded extends ApiRequest {
  readonly status: number;
}

export class RecordingProxy {
  readonly recorded: Recorded[] = [];
  readonly #server: http.Server;
  readonly #agent: https.Agent;

  private constructor(target: URL, ca: https.AgentOptions['ca']) {
    this.#agent = new https.Agent({ keepAlive: true, ca });
    this.#server = http.createServer((incoming, outgoing) => this.#forward(target, incoming, outgoing));
  }

  /** Before the API server of a kubeconfig file. */
  static async start(kubeconfig: string): Promise<RecordingProxy> {
    const config = loadKubeConfig(kubeconfig);
    const options: https.RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const proxy = new RecordingProxy(new URL(config.getCurrentCluster()?.server ?? ''), options.ca);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }

  #forward(target: URL, incoming: http.IncomingMessage, outgoing: http.ServerResponse): void {
    const { method = '', url = '' } = incoming;
    const headers = { ...incoming.headers, host: target.host };
    const { hostname, port } = target;
    const upstream = https.request({ hostname, port, path: url, method, headers, agent: this.#agent });
    upstream.on('response', (answer) => {
      const status = answer.statusCode ?? 0;
      this.recorded.push({ ...requestOf(method, url), status });
      outgoing.writeHead(status, answer.headers);
      // At once, so that a watch that has nothing to tell is seen to have begun.
      outgoing.flushHeaders();
      answer.pipe(outgoing);
    });
    upstream.on('error', () => outgoing.destroy());
    outgoing.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  }
}
