import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  DataflowError,
  type AppRegistration,
  type Dataflow,
  type DataflowErrorKind,
  type StreamDefinition,
} from '../dataflow/port.ts';
import { phases, type Step } from '../plan/step.ts';
import { Serial } from '../runtime/serial.ts';
import { execute, LeaseLost, type Write } from './execute.ts';

const owner = 'barista.dev/v1alpha1 c/ns/p';
const definition = (description: string): StreamDefinition => ({
  name: 's',
  originalDsl: 'app',
  dsl: 'app',
  apps: undefined,
  description,
  state: 'deployed',
  stateDescription: '',
});

interface World {
  readonly calls: string[];
  readonly dataflow: Dataflow;
}

/** A server that notes its writes; `fail` gives what goes wrong with a call, by its text and how often it was made. */
function world(
  fail: (call: string, nth: number) => DataflowErrorKind | undefined = () => undefined,
  live: StreamDefinition | undefined = definition(owner),
): World {
  const calls: string[] = [];
  const write = (call: string): Promise<void> => {
    calls.push(call);
    const kind = fail(call, calls.filter((it) => it === call).length);
    return kind === undefined ? Promise.resolve() : Promise.reject(new DataflowError(kind, call, kind));
  };
  const none = () => Promise.resolve([]);
  const dataflow: Dataflow = {
    appVersions: none,
    definition: () => Promise.resolve(live),
    deployment: () => Promise.resolve(undefined),
    definitionsOf: () => Promise.resolve(new Map()),
    runtimes: () => Promise.resolve(new Map()),
    history: none,
    definitions: none,
    platforms: none,
    register: (app) => write(`register ${app.name}`),
    makeDefault: (app) => write(`makeDefault ${app.name}`),
    unregister: (app) => write(`unregister ${app.name}`),
    create: (stream) => write(`create ${stream.name}`),
    destroy: (stream) => write(`destroy ${stream}`),
    deploy: (stream) => write(`deploy ${stream}`),
    undeploy: (stream) => write(`undeploy ${stream}`),
    update: (stream) => write(`update ${stream}`),
    scale: (stream, _label, count) => write(`scale ${stream} ${count}`),
  };
  return { calls, dataflow };
}

const on = { role: 'bar', stream: 's', reason: 'a test', owner } as const;
const steps = {
  create: { ...on, kind: 'create', definition: 'app', description: owner, phase: phases.create },
  deploy: { ...on, kind: 'deploy', properties: {}, phase: phases.startBar },
  update: { ...on, kind: 'update', properties: {}, redeploy: {}, phase: phases.startBar },
  undeploy: { ...on, kind: 'undeploy', phase: phases.stopBar },
  delete: { ...on, kind: 'delete', phase: phases.stopBar },
  unregister: {
    kind: 'unregister',
    app: { type: 'app', name: 'a', version: '1' },
    phase: phases.unregister,
    reason: 'a test',
  },
} as const satisfies Record<string, Step>;

const options = (dataflow: Dataflow, mayWrite = () => true, told: Write[] = []) => ({
  dataflow,
  mayWrite,
  onWrite: (write: Write) => void told.push(write),
  registry: new Serial(),
  apps: { forget: () => undefined },
  signal: new AbortController().signal,
});

describe('execute', () => {
  test('does the phases in order, and stops after the first that failed', async () => {
    const { calls, dataflow } = world((call) => (call === 'create s' ? 'unexpected' : undefined));
    const made = await execute([steps.deploy, steps.create, steps.delete], options(dataflow));
    assert.deepEqual(calls, ['destroy s', 'create s']);
    assert.deepEqual(made.done, [steps.delete]);
    assert.equal(made.failures[0]?.error.kind, 'unexpected');
  });

  for (const [step, kind] of [
    ['delete', 'notFound'],
    ['undeploy', 'notFound'],
    ['unregister', 'notFound'],
    ['unregister', 'inUse'],
    ['deploy', 'exists'],
  ] as const) {
    test(`${step} is done when SCDF says ${kind}`, async () => {
      const made = await execute([steps[step]], options(world(() => kind).dataflow));
      assert.equal(made.failures[0], undefined);
    });
  }

  test('what an earlier deployment left is undeployed before it is deployed again', async () => {
    const { calls, dataflow } = world((call, nth) =>
      call === 'deploy s' && nth === 1 ? 'leftovers' : undefined,
    );
    const made = await execute([steps.deploy], options(dataflow));
    assert.equal(made.failures[0], undefined);
    assert.deepEqual(calls, ['deploy s', 'undeploy s', 'deploy s']);
  });

  test('an update in which SCDF sees no difference becomes undeploy and deploy', async () => {
    const { calls, dataflow } = world((call) => (call === 'update s' ? 'noDifference' : undefined));
    await execute([steps.update], options(dataflow));
    assert.deepEqual(calls, ['update s', 'undeploy s', 'deploy s']);
  });

  test('a stream that is somebody else’s by now is not taken away', async () => {
    const { calls, dataflow } = world(undefined, definition('somebody else'));
    const made = await execute([steps.delete], options(dataflow));
    assert.deepEqual(calls, []);
    assert.equal(made.failures[0]?.error.kind, 'exists');
  });

  test('a stream that is gone by now is as good as deleted', async () => {
    const { calls, dataflow } = world(undefined, undefined);
    const made = await execute([steps.delete], {
      ...options(dataflow),
      dataflow: { ...dataflow, definition: () => Promise.resolve(undefined) },
    });
    assert.deepEqual(calls, []);
    assert.equal(made.failures[0], undefined);
  });

  test('two pipelines that need the same app at the same time register it once', async () => {
    const { calls, dataflow } = world();
    const registered: AppRegistration[] = [];
    const slow: Dataflow = {
      ...dataflow,
      appVersions: () => Promise.resolve([...registered]),
      register: async (app) => {
        await dataflow.register(app);
        registered.push({ ...app, defaultVersion: true });
      },
    };
    const app = { type: 'app', name: 'a', version: '1', uri: 'docker:a:1', bootVersion: '3' } as const;
    const step: Step = { kind: 'register', app, phase: phases.register, reason: 'a test' };
    const shared = options(slow);
    await Promise.all([execute([step], shared), execute([step], shared)]);
    assert.deepEqual(calls, ['register a']);
  });

  test('each write is told of when it has been made, by what it did, and nothing else is', async () => {
    const { dataflow, calls } = world((call, nth) =>
      call === 'update s' ? 'noDifference' : call === 'create s' && nth === 1 ? 'exists' : undefined,
    );
    const told: Write[] = [];
    await execute([steps.update], options(dataflow, undefined, told));
    assert.deepEqual(calls, ['update s', 'undeploy s', 'deploy s']);
    assert.deepEqual(
      told.map(({ step, operation }) => [step.kind, operation]),
      [
        ['update', 'undeploy'],
        ['update', 'deploy'],
      ],
    );
    await execute([steps.create], options(dataflow, undefined, told));
    assert.equal(told.length, 2, 'what SCDF refused is no write');
    for (const { durationMs } of told) assert.ok(durationMs >= 0);
  });

  test('all that failed in a phase is told, since each may have been done after all', async () => {
    const { dataflow } = world(() => 'unreachable');
    const [one, two] = ['one', 'two'].map((stream) => ({ ...steps.undeploy, stream }));
    const made = await execute([one!, two!], options(dataflow));
    assert.deepEqual(
      made.failures.map(({ step }) => step),
      [one, two],
    );
  });

  test('nothing is written once the lease is lost, not even what was decided before', async () => {
    let asked = 0;
    const { calls, dataflow } = world();
    const leading = () => ++asked <= 1;
    await assert.rejects(execute([steps.create, steps.deploy], options(dataflow, leading)), LeaseLost);
    assert.deepEqual(calls, ['create s']);
  });
});
