/** What is told of a pipeline's life, and how often: events for people, lines for the log, writes for it all. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { PIPELINES } from '../api/types.ts';
import { ScdfError } from '../dataflow/simulator/scdf-error.ts';
import { Ear, NAME } from './ear.fixtures.ts';

const topics = { orders: 'orders', hotDrinks: 'hotDrinks', coldDrinks: 'coldDrinks' };
const pipeline = `cafe/${NAME}`;

let ear: Ear;
beforeEach(async () => {
  ear = await Ear.open();
  await ear.apply({ topics });
});
afterEach(() => ear.close());

describe('what is told of a pipeline', () => {
  test('a cold creation costs three writes to the pipeline and one event', async () => {
    await ear.turns(2);
    assert.equal(await ear.ready(), 'True StreamsReady');
    assert.deepEqual(await ear.told(), [
      'Normal StreamsReady: 4 streams are deployed and ready. ' +
        'Created and deployed streams downtown-hot-drink (sink/log 5.1.1), downtown-cold-drink (sink/log 5.1.1), ' +
        'downtown-bar (app/barista-app 1), downtown-orders (source/time 5.1.1); ' +
        'registered sink/log 5.1.1, app/barista-app 1, source/time 5.1.1 (generation 1)',
    ]);
    assert.deepEqual(ear.writes, [
      `patch ${PIPELINES.plural}`,
      `patchStatus ${PIPELINES.plural}`,
      `patchStatus ${PIPELINES.plural}`,
      'create events',
    ]);
  });

  test('trouble is told once, not at each try, and so is its end', async () => {
    const error = new ScdfError(500, 'SomeException', 'no');
    const fault = { kind: 'error', status: 500, body: JSON.stringify(error.body()) } as const;
    ear.simulator.faults.add('register', fault, 1000);
    await ear.turns(4);
    const writes = ear.writes.length;
    await ear.turns(4);
    assert.equal(ear.writes.length, writes, 'no write of another try that fails alike');
    ear.simulator.faults.clear();
    await ear.turns(2);
    const told = (await ear.told()).map((event) => event.split(':')[0]);
    assert.deepEqual(told.sort(), ['Normal StreamsReady', 'Warning DataflowError']);
  });

  test('each write to SCDF has one line in the log, with all that one asks for', async () => {
    await ear.turns(2);
    const lines = ear.records().filter(({ message }) => message === 'wrote to SCDF');
    assert.equal(lines.length, ear.simulator.writes().length);
    for (const line of lines) {
      const { level, time, stream, app, version, ...rest } = line;
      assert.equal(level, 'info');
      assert.ok(typeof time === 'string');
      assert.ok(typeof stream === 'string' || (typeof app === 'string' && typeof version === 'string'));
      const fields = ['durationMs', 'generation', 'message', 'pipeline', 'reason', 'server', 'step', 'uid'];
      assert.deepEqual(Object.keys(rest).sort(), fields);
      assert.equal(typeof rest['durationMs'], 'number');
      assert.equal(typeof rest['uid'], 'string');
      assert.deepEqual([rest['pipeline'], rest['server'], rest['generation']], [pipeline, 'default', 1]);
    }
  });

  test('no write of a whole life goes untold', async () => {
    await ear.turns(2);
    await ear.apply({ topics, barista: { replicas: 2 } });
    await ear.turns(2);
    await ear.apply({ topics: { ...topics, orders: 'more' }, barista: { replicas: 2 } });
    await ear.turns(8);
    await ear.apply({ topics: { ...topics, orders: 'more' }, state: 'Stopped' });
    await ear.turns(3);
    ear.delete();
    await ear.turns(6);
    const lines = ear.records().filter(({ message }) => message === 'wrote to SCDF');
    const told = lines.map(({ step, operation = step }) => (operation === 'delete' ? 'destroy' : operation));
    const made = ear.simulator.writes().map(({ operation }): string => operation);
    assert.deepEqual(told.toSorted(), made.toSorted());
    for (const kind of ['register', 'create', 'deploy', 'scale', 'undeploy', 'destroy', 'unregister'])
      assert.ok(made.includes(kind), kind);
  });

  test('a failure is a warning with its reason, the end of a reconcile is for debugging', async () => {
    await ear.turns(2);
    await ear.simulator.down();
    await ear.turn();
    const [failed] = ear.records().filter(({ message }) => message === 'reconcile failed, will try again');
    assert.equal(failed?.['level'], 'warn');
    assert.equal(failed['reason'], 'DataflowUnavailable');
    assert.equal(failed['pipeline'], pipeline);
    assert.match((failed['err'] as { message: string }).message, /cannot be reached/);
    const ends = ear.records().filter(({ message }) => /^reconciled/.test(String(message)));
    assert.equal(ends.length, 2);
    for (const end of ends) assert.deepEqual([end['level'], end['pipeline']], ['debug', pipeline]);
  });

  test('a line about a pipeline says so in one field, in one way', async () => {
    await ear.turns(2);
    await ear.apply({ dataflow: { server: 'nowhere' } });
    await ear.turn();
    await ear.apply({ dataflow: { server: 'default' } });
    await ear.simulator.down();
    ear.delete();
    await ear.turn();
    await ear.simulator.up();
    await ear.turns(3);
    for (const record of ear.records()) {
      if (record['message'] === 'called SCDF') continue;
      assert.equal(record['pipeline'], pipeline, JSON.stringify(record));
      for (const name of ['key', 'name', 'ms', 'error']) assert.ok(!(name in record), JSON.stringify(record));
    }
  });
});
