/** The suite on the SCDF server of `DATAFLOW_URI`, whose platform is the cluster of `KUBECONFIG`. */
import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { env } from 'node:process';
import { promisify } from 'node:util';
import { dataflowConformance } from './conformance.ts';
import { HttpDataflow } from './http.ts';

const run = promisify(execFile);

dataflowConformance('the real server', async () => {
  const url = env['DATAFLOW_URI'];
  if (url === undefined) throw new Error('DATAFLOW_URI is not set: start the stack (make stack-up)');
  const dataflow = new HttpDataflow({ url, readTimeoutMs: 30_000, writeTimeoutMs: 60_000 });
  const platform = (await dataflow.platforms()).find(({ type }) => type === 'kubernetes');
  if (platform === undefined) throw new Error(`the SCDF server at ${url} has no platform on Kubernetes`);
  return {
    dataflow,
    app: { repository: 'docker:springcloudstream/time-source-kafka', tag: '5.1.1' },
    platform: platform.name,
    prefix: `c${randomInt(36 ** 4).toString(36)}`,
    probes: {
      'kubernetes.startupProbeDelay': '2',
      'kubernetes.readinessProbeDelay': '2',
      'kubernetes.readinessProbePeriod': '2',
    },
    // A JVM ends with 1 when it does not know an option.
    crash: { tag: '5.1.1', deployer: { 'kubernetes.containerCommand': 'java -no-such-option' }, exitCode: 1 },
    patienceMs: 150_000,
    healthCheckMs: shortHealthCheck(),
    // Also in no namespace of its own: the platform's may be another than this kubeconfig's default.
    deleteDeployments: async (stream) => {
      await run('kubectl', ['delete', 'deployment', '-A', '-l', `spring-group-id=${stream}`]);
    },
    close: async () => undefined,
  };
});

/** How long this server's upgrades wait, in milliseconds, when the one who runs the tests knows it to be short. */
function shortHealthCheck(): number | undefined {
  const given = env['DATAFLOW_HEALTH_CHECK_MS'];
  return given === undefined ? undefined : Number(given);
}
