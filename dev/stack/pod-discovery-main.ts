/**
 * Answers Prometheus's `http_sd_configs` with the pods of a cluster.
 *
 *   node dev/stack/pod-discovery-main.ts KUBECONFIG HOST:PORT
 */
import { createServer } from 'node:http';
import { KubeClient } from '../../operator/kube/client.ts';
import { connect, loadKubeConfig } from '../../operator/kube/kube-config.ts';
import { listAll } from '../../operator/kube/list-all.ts';
import { RestClient } from '../../operator/kube/rest.ts';
import { systemClock as clock } from '../../operator/runtime/clock.ts';
import { targetsOf, type Pod } from './pod-discovery.ts';

const [kubeconfig, where = ''] = process.argv.slice(2);
const [host = '', port = ''] = where.split(':');
const connection = connect(loadKubeConfig(kubeconfig), clock);
const kube = new KubeClient(new RestClient({ connection, clock, userAgent: 'barista-stack' }), clock);
const pods = { kind: { group: '', version: 'v1', plural: 'pods' } };

createServer((_request, response) => {
  listAll(kube, pods, 500, AbortSignal.timeout(10_000)).then(
    ({ items }) => {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(targetsOf(items as unknown as readonly Pod[])));
    },
    (error: unknown) => {
      response.statusCode = 503;
      response.end(String(error));
    },
  );
}).listen(Number(port), host);
