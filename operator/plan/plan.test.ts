/** The specification of `plan`: what each situation of a stream leads to, and why. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aPipeline, topics } from '../api/pipeline.fixtures.ts';
import { ownName } from '../desired/app.ts';
import { plan } from './plan.ts';
import {
  NOW,
  observedAs,
  release,
  springApps,
  subject,
  wanted,
  type StreamFixture,
} from './plan.fixtures.ts';
import { alone, run, specify, type Case } from './specify.fixtures.ts';

const gone: StreamFixture = { exists: false };
const nothing = { orders: gone, hotDrink: gone, coldDrink: gone, bar: gone };
const foreign = { description: 'orders of the old bar' };
const others = { description: 'barista.dev/v1alpha1 cluster-1/cafe/uptown' };
const started = ['deploy hot-drink', 'deploy cold-drink', 'deploy bar', 'deploy orders'];
const created = ['create hot-drink', 'create cold-drink', 'create bar', 'create orders'];

const cases: readonly Case[] = [
  { name: 'nothing to do when all is as it should be', verdict: 'none UpToDate', steps: [] },
  {
    name: 'everything is created, then started sinks first and the customer last',
    observed: nothing,
    verdict: 'create Creating',
    steps: [...created, ...started],
  },
  {
    name: 'apps that are not registered are registered first',
    observed: nothing,
    apps: [],
    steps: [
      'register log:5.1.1',
      'register barista-app:1.0.0',
      'register time:5.1.1',
      ...created,
      ...started,
    ],
  },
  {
    name: 'a stopped pipeline has its definitions, and nothing runs',
    pipeline: { spec: { topics, state: 'Stopped' } },
    observed: nothing,
    steps: created,
  },
  {
    name: 'stopping goes the other way round: the customer first, the sinks last',
    pipeline: { spec: { topics, state: 'Stopped' } },
    observed: {
      orders: { state: 'deployed' },
      hotDrink: { state: 'deployed' },
      coldDrink: { state: 'deployed' },
      bar: { state: 'deployed' },
    },
    verdict: 'undeploy Stopping',
    steps: ['undeploy orders', 'undeploy bar', 'undeploy hot-drink', 'undeploy cold-drink'],
  },
  {
    name: 'a stopped pipeline that is undeployed is as it should be',
    pipeline: { spec: { topics, state: 'Stopped' } },
    verdict: 'none Stopped',
    steps: [],
  },
  {
    name: 'no replicas: the worker is stopped and the rest runs on',
    pipeline: { spec: { topics, barista: { replicas: 0 } } },
    observed: { bar: { state: 'deployed' } },
    verdict: 'undeploy Stopping',
    steps: ['undeploy bar'],
  },
  {
    name: 'a stream that was created and never deployed is deployed',
    observed: { bar: { state: 'undeployed' } },
    verdict: 'deploy Deploying',
    steps: ['deploy bar'],
  },
  {
    name: 'a stream that somebody undeployed is deployed',
    observed: { bar: { state: 'undeployed', history: [release('DELETED')] } },
    verdict: 'deploy Deploying',
    steps: ['deploy bar'],
  },
  {
    name: 'a stream whose Deployment somebody deleted is undeployed, which Skipper needs, and deployed',
    observed: { bar: { state: 'undeployed', history: [release('DEPLOYED')] } },
    verdict: 'redeploy WorkloadMissing',
    steps: ['undeploy bar', 'deploy bar'],
  },
  {
    name: 'a container that has just ended reads as undeployed; its Deployment is there, so a change is an update',
    observed: {
      bar: {
        state: 'undeployed',
        revision: 'another',
        versions: [1],
        keepWorkload: true,
        history: [release('DEPLOYED')],
      },
    },
    verdict: 'update Updating',
    steps: ['update bar'],
  },
  {
    name: 'right after a deploy SCDF may still say undeployed: that is waited for',
    observed: { bar: { state: 'undeployed', history: [release('DEPLOYED', { lastDeployed: NOW - 3000 })] } },
    verdict: 'wait Deploying',
    steps: [],
  },
  {
    name: 'a stream that is being deployed is waited for',
    observed: { bar: { state: 'deploying', history: [release('DEPLOYED')] } },
    verdict: 'wait Deploying',
    steps: [],
  },
  {
    name: 'a stream that SCDF calls failed is left to Kubernetes, which restarts it',
    observed: { bar: { state: 'failed', history: [release('DEPLOYED')] } },
    verdict: 'wait Deploying',
    steps: [],
  },
  {
    name: 'another revision is an update',
    observed: { bar: { revision: 'another' } },
    verdict: 'update Updating',
    steps: ['update bar'],
  },
  {
    name: 'a property that must go makes the stream anew, since SCDF cannot forget it',
    observed: {
      bar: {
        revision: 'another',
        properties: { 'spring.cloud.stream.bindings.orders.destination': 'orders', flavour: 'mocha' },
      },
    },
    verdict: 'replace PropertyRemoved',
    steps: ['delete bar', 'create bar', 'deploy bar'],
  },
  {
    name: 'also when the stream is stopped: what was set once would come back with the next deploy',
    observed: {
      bar: {
        state: 'undeployed',
        revision: 'another',
        properties: { flavour: 'mocha' },
        history: [release('DELETED')],
      },
    },
    verdict: 'replace PropertyRemoved',
    steps: ['delete bar', 'create bar', 'deploy bar'],
  },
  {
    name: 'a deployer property that must go makes the stream anew as well',
    observed: {
      hotDrink: {
        revision: 'another',
        deployer: { 'kubernetes.limits.memory': '1Gi', group: 'x', count: '1' },
      },
    },
    role: 'hotDrink',
    verdict: 'replace PropertyRemoved',
    steps: ['delete hot-drink', 'create hot-drink', 'deploy hot-drink'],
  },
  {
    name: 'what SCDF and its administrator add to all apps does not count as a property that must go',
    observed: {
      bar: {
        revision: 'another',
        added: {
          'spring.cloud.dataflow.stream.name': 'x',
          'spring.cloud.stream.kafka.binder.brokers': 'x',
        },
      },
    },
    verdict: 'update Updating',
    steps: ['update bar'],
  },
  {
    name: 'another count is scaled',
    pipeline: { spec: { topics, barista: { replicas: 3 } } },
    observed: { bar: { replicas: 1 } },
    verdict: 'scale Scaling',
    steps: ['scale bar'],
  },
  {
    name: 'an upgrade that runs is waited for, whatever else there is to do',
    observed: {
      bar: {
        state: 'deploying',
        revision: 'another',
        history: [release('UNKNOWN', { version: 2 }), release('DEPLOYED')],
      },
    },
    verdict: 'wait UpgradeInProgress',
    steps: [],
  },
  {
    name: 'as long as the old version runs beside the new one, the upgrade is not over',
    observed: { bar: { versions: [1, 2] } },
    verdict: 'wait UpgradeInProgress',
    steps: [],
  },
  {
    name: 'an upgrade to the present spec that failed leaves the old version alone, and the user is told',
    observed: {
      bar: { state: 'deploying', history: [release('FAILED', { version: 2 }), release('DEPLOYED')] },
    },
    verdict: 'stalled UpgradeFailed',
    steps: [],
  },
  {
    name: 'after an upgrade that failed, another spec is deployed anew: an update would be "no difference"',
    observed: {
      bar: {
        state: 'undeployed',
        keepWorkload: true,
        revision: 'bad',
        history: [release('FAILED', { version: 2 }), release('DEPLOYED')],
      },
    },
    verdict: 'redeploy UpgradeFailed',
    steps: ['undeploy bar', 'deploy bar'],
  },
  {
    name: 'another definition is made anew: SCDF cannot change one',
    observed: { hotDrink: { originalDsl: ':hot > hot-drink-log: log' } },
    role: 'hotDrink',
    verdict: 'replace DefinitionChanged',
    steps: ['delete hot-drink', 'create hot-drink', 'deploy hot-drink'],
  },
  {
    name: 'spaces in a definition are no difference',
    observed: { hotDrink: { originalDsl: ':hotDrinks  >  hot-drink-log:  log ' } },
    role: 'hotDrink',
    verdict: 'none UpToDate',
    steps: [],
  },
  {
    name: 'when the orders topic changes, first only the customer stops',
    observed: {
      orders: { originalDsl: 'customer: time > :old' },
      bar: { revision: 'another', properties: { 'spring.cloud.stream.bindings.orders.destination': 'old' } },
    },
    verdict: 'wait Draining',
    steps: ['delete orders'],
  },
  {
    name: 'and as long as the pods of the customer are there, the worker stays on the old topic',
    observed: {
      orders: {
        exists: false,
        workload: {
          known: true,
          deployments: [],
          pods: [
            {
              namespace: '',
              name: 'p',
              ready: true,
              running: true,
              deleting: true,
              deploymentId: undefined,
              createdAt: 0,
              trouble: undefined,
            },
          ],
        },
      },
      bar: { revision: 'another', properties: { 'spring.cloud.stream.bindings.orders.destination': 'old' } },
    },
    verdict: 'wait Draining',
    steps: [],
  },
  {
    name: 'then the worker moves, and the customer starts last',
    observed: {
      orders: gone,
      bar: { revision: 'another', properties: { 'spring.cloud.stream.bindings.orders.destination': 'old' } },
    },
    verdict: 'redeploy OrdersTopicChanged',
    steps: ['undeploy bar', 'create orders', 'deploy bar', 'deploy orders'],
  },
  {
    name: 'a stream of somebody else is never touched, and nothing new is made beside it',
    observed: { ...nothing, bar: foreign },
    verdict: 'conflict NameConflict',
    steps: [],
  },
  {
    name: 'a stream of another pipeline is never touched, while what runs already is looked after',
    observed: { bar: others, hotDrink: { revision: 'another' } },
    verdict: 'conflict NameConflict',
    steps: ['update hot-drink'],
  },
  {
    name: 'adopting replaces the stream, since a description cannot be edited',
    pipeline: { annotations: { 'barista.dev/adopt': 'true' } },
    observed: { bar: foreign },
    verdict: 'adopt Adopting',
    steps: ['delete bar', 'create bar', 'deploy bar'],
  },
  {
    name: 'a name that an older pipeline wants is left to it, also before it has made the stream',
    observed: nothing,
    olderClaims: { 'downtown-bar': 'cafe/uptown' },
    verdict: 'conflict NameConflict',
    steps: [],
  },
  {
    name: 'adopting does not take what an older pipeline wants',
    pipeline: { annotations: { 'barista.dev/adopt': 'true' } },
    observed: { bar: others },
    olderClaims: { 'downtown-bar': 'cafe/uptown' },
    verdict: 'conflict NameConflict',
    steps: [],
  },
  {
    name: 'an app name that has another repository is left alone; the pipeline registers under a name of its own',
    apps: [
      { type: 'app', name: 'barista-app', version: '9', uri: 'docker:elsewhere/app:9', defaultVersion: true },
      ...springApps,
    ],
    observed: nothing,
    steps: [`register ${ownName('barista-app', 'docker:barista/worker')}:1.0.0`, ...created, ...started],
  },
  {
    name: 'a name without a default version is as good as unregistered for SCDF: it gets one',
    apps: [
      {
        type: 'app',
        name: 'barista-app',
        version: '1.0.0',
        uri: 'docker:barista/worker:1.0.0',
        defaultVersion: false,
      },
      ...springApps,
    ],
    steps: ['makeDefault barista-app:1.0.0'],
  },
  {
    name: 'an app that the spec only names must be there',
    pipeline: { spec: { topics, customer: { app: { name: 'http' } } } },
    role: 'orders',
    observed: nothing,
    verdict: 'stalled AppNotRegistered',
    steps: [],
  },
];

specify('plan', cases);

describe('every plan', () => {
  test('the definitions of the recipe are the recipe’s', () => {
    const made = run({ name: '', observed: nothing, steps: [] });
    const definitions = made.steps.flatMap((step) => (step.kind === 'create' ? [step.definition] : []));
    assert.deepEqual(definitions, [
      ':hotDrinks > hot-drink-log: log',
      ':coldDrinks > cold-drink-log: log',
      'barista-app',
      'customer: time > :orders',
    ]);
  });

  test('a stream of ours that the spec no longer names is deleted, and one of somebody else is not', () => {
    const pipeline = aPipeline({
      spec: { topics, streamNames: { bar: 'counter' } },
      status: {
        streams: [
          { name: 'old-bar', role: 'bar', state: 'deployed' },
          { name: 'lost', role: 'bar', state: 'deployed' },
        ],
      },
    });
    const desired = wanted(pipeline);
    const observed = observedAs(pipeline);
    const bar = observed.streams.get('counter')!;
    const streams = new Map(observed.streams)
      .set('old-bar', { ...bar, name: 'old-bar' })
      .set('lost', { ...bar, name: 'lost', definition: { ...bar.definition!, description: 'mine' } });
    const made = plan({ pipeline, desired, observed: { ...observed, streams }, ...alone });
    assert.deepEqual(made.steps.map(subject), ['delete old-bar']);
  });

  test('every write says what it is for', () => {
    for (const step of cases.flatMap((it) => run(it).steps)) assert.ok(step.reason.length > 5, step.kind);
  });
});
