import { dataflowConformance } from '../conformance.ts';
import { HttpDataflow } from '../http.ts';
import { quick, startSimulator } from './simulator.ts';

dataflowConformance('the simulator', async () => {
  const settings = quick();
  // Long enough for the requests that a test makes while an upgrade runs.
  settings.healthCheck = { pollMs: 200, timeoutMs: 400 };
  settings.images.set('docker:example/app:absent', { kind: 'neverPulls' });
  settings.images.set('docker:example/app:crashing', {
    kind: 'crashes',
    exitCode: 3,
    reason: 'Error',
    everyMs: 20,
  });
  const simulator = await startSimulator({ settings });
  return {
    dataflow: new HttpDataflow({ url: simulator.url, readTimeoutMs: 5000, writeTimeoutMs: 5000 }),
    app: { repository: 'docker:example/app', tag: '1' },
    platform: 'default',
    prefix: 'sim',
    probes: {},
    crash: { tag: 'crashing', deployer: {}, exitCode: 3 },
    patienceMs: 2000,
    healthCheckMs: 400,
    deleteDeployments: async (stream) => simulator.deleteDeployments(stream),
    close: () => simulator.down(),
  };
});
