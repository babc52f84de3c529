/** Each situation of a pipeline, as the tools that ask by kstatus see it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, describe, test } from 'node:test';
import { parse } from 'yaml';
import { annotations } from '../api/types.ts';
import { kstatus, type Kstatus } from '../status/kstatus.fixtures.ts';
import { Ear } from './ear.fixtures.ts';

const topics = { orders: 'orders', hotDrinks: 'hotDrinks', coldDrinks: 'coldDrinks' };
const slow = 'docker:barista/worker:slow';

/** How it comes to the situation; then the state in one word of kstatus, and the condition Ready. */
const situations: readonly {
  readonly name: string;
  readonly happens: (ear: Ear) => Promise<unknown>;
  readonly is: Kstatus;
  readonly ready: string;
}[] = [
  {
    name: 'just begun: streams are being deployed',
    happens: async (ear) => {
      ear.simulator.settings.readyAfterMs = 60_000;
      await ear.turns(2);
    },
    is: 'InProgress',
    ready: 'False Deploying',
  },
  { name: 'ready', happens: (ear) => ear.turns(2), is: 'Current', ready: 'True StreamsReady' },
  {
    name: 'changed, and nobody has looked yet',
    happens: async (ear) => {
      await ear.turns(2);
      await ear.apply({ barista: { replicas: 2 } });
    },
    is: 'InProgress',
    ready: 'True StreamsReady',
  },
  {
    name: 'stopped, as the spec says',
    happens: async (ear) => {
      await ear.apply({ state: 'Stopped' });
      await ear.turns(2);
    },
    is: 'Current',
    ready: 'True Stopped',
  },
  {
    name: 'paused when it was ready',
    happens: async (ear) => {
      await ear.turns(2);
      await ear.annotate(annotations.paused, 'true');
      await ear.turn();
    },
    is: 'Current',
    ready: 'True Paused',
  },
  {
    name: 'paused, and then changed',
    happens: async (ear) => {
      await ear.turns(2);
      await ear.annotate(annotations.paused, 'true');
      await ear.apply({ barista: { replicas: 2 } });
      await ear.turn();
    },
    is: 'InProgress',
    ready: 'Unknown Paused',
  },
  {
    name: 'paused before anyone looked',
    happens: async (ear) => {
      await ear.annotate(annotations.paused, 'true');
      await ear.turn();
    },
    is: 'InProgress',
    ready: 'Unknown Paused',
  },
  {
    name: 'an invalid spec',
    happens: async (ear) => {
      await ear.apply({ state: 'Sleeping' });
      await ear.turn();
    },
    is: 'Failed',
    ready: 'False InvalidSpec',
  },
  {
    name: 'an unknown server',
    happens: async (ear) => {
      await ear.apply({ dataflow: { server: 'nowhere' } });
      await ear.turn();
    },
    is: 'Failed',
    ready: 'False UnknownServer',
  },
  {
    name: 'a stream of somebody else has the name',
    happens: async (ear) => {
      await ear.turns(2);
      ear.simulator.deleteBehind('downtown-bar');
      ear.simulator.createBehind('downtown-bar', 'barista-app', 'mine');
      await ear.turn();
    },
    is: 'Failed',
    ready: 'False NameConflict',
  },
  {
    name: 'an app that nobody knows',
    happens: async (ear) => {
      await ear.apply({ hotDrinkLog: { app: { name: 'printer' } } });
      await ear.turn();
    },
    is: 'Failed',
    ready: 'False AppNotRegistered',
  },
  {
    name: 'a server that is away',
    happens: async (ear) => {
      await ear.simulator.down();
      await ear.turn();
    },
    is: 'InProgress',
    ready: 'Unknown DataflowUnavailable',
  },
  {
    name: 'a platform that is not there',
    happens: async (ear) => {
      await ear.apply({ dataflow: { platform: 'mars' } });
      await ear.turn();
    },
    is: 'Failed',
    ready: 'False DataflowRejected',
  },
  {
    name: 'an upgrade that is stuck',
    happens: async (ear) => {
      await ear.turns(2);
      ear.simulator.settings.images.set(slow, { kind: 'neverPulls' });
      await ear.apply({ barista: { image: 'barista/worker:slow' } });
      await ear.turns(3);
    },
    is: 'InProgress',
    ready: 'False UpgradeInProgress',
  },
  {
    name: 'an upgrade that failed: the version before goes on',
    happens: async (ear) => {
      await ear.turns(2);
      ear.simulator.settings.healthCheck.timeoutMs = 1;
      ear.simulator.settings.images.set(slow, { kind: 'neverPulls' });
      await ear.apply({ barista: { image: 'barista/worker:slow' } });
      for (let turn = 0; turn < 50 && (await ear.ready()) !== 'False UpgradeFailed'; turn += 1)
        await ear.turn();
    },
    is: 'Failed',
    ready: 'False UpgradeFailed',
  },
  {
    name: 'the operator has a bug',
    happens: async (ear) => {
      ear.bug = new TypeError('x is undefined');
      await ear.turn();
    },
    is: 'InProgress',
    ready: 'Unknown InternalError',
  },
  {
    name: 'a deletion that waits for its server',
    happens: async (ear) => {
      await ear.turns(2);
      await ear.simulator.down();
      ear.delete();
      await ear.turn();
    },
    is: 'Terminating',
    ready: 'False DataflowUnavailable',
  },
];

let ear: Ear;
afterEach(() => ear.close());

describe('kstatus', () => {
  for (const { name, happens, is, ready } of situations) {
    test(`${name}: ${is}`, async () => {
      ear = await Ear.open();
      await ear.apply({ topics });
      await happens(ear);
      const object = await ear.object();
      assert.ok(object !== undefined);
      assert.equal(await ear.ready(), ready);
      assert.equal(kstatus(object), is);
    });
  }

  test('new, and nobody has looked yet: InProgress, because the CRD gives it a status', async () => {
    ear = await Ear.open();
    await ear.apply({ topics });
    const object = await ear.object();
    assert.ok(object !== undefined);
    assert.equal(kstatus(object), 'Current', 'without a status it would be taken for ready');
    const file = new URL('../../crds/baristapipelines.yaml', import.meta.url);
    const crd = parse(readFileSync(file, 'utf8')) as {
      spec: {
        versions: [{ schema: { openAPIV3Schema: { properties: { status: { default: unknown } } } } }];
      };
    };
    const { status } = crd.spec.versions[0].schema.openAPIV3Schema.properties;
    assert.equal(kstatus({ ...object, status: status.default }), 'InProgress');
    await ear.putStatus(status.default);
    await ear.turns(2);
    assert.equal(await ear.ready(), 'True StreamsReady');
  });
});
