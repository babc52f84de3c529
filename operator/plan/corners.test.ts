/** The specification of `plan`, continued: what has gone wrong before, and several changes at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPipeline, topics } from '../api/pipeline.fixtures.ts';
import {
  NOW,
  observedAs,
  release,
  springApps,
  subject,
  wanted,
  type StreamFixture,
} from './plan.fixtures.ts';
import type { ObservedStream } from '../observed/observed.ts';
import { unknownWorkload, type Workload } from '../observed/workload.ts';
import { plan } from './plan.ts';
import { alone, specify } from './specify.fixtures.ts';
import { actualCount } from './verdict.ts';

const days = 86_400_000;
const request = { 'barista.dev/reconcile-requested-at': 'now' };
const failed: StreamFixture = {
  state: 'undeployed',
  keepWorkload: true,
  history: [release('FAILED', { version: 2 }), release('DEPLOYED')],
};
const unknown = (ageMs: number): StreamFixture => ({
  state: 'deploying',
  revision: 'another',
  history: [release('UNKNOWN', { version: 2, lastDeployed: NOW - ageMs }), release('DEPLOYED')],
});
const pod = { namespace: '', name: 'p', ready: true, running: true, createdAt: 0 } as const;
const pods = (deleting: boolean): Workload => ({
  known: true,
  deployments: [],
  pods: [{ ...pod, deleting, deploymentId: undefined, trouble: undefined }],
});
const onOldTopic = { 'spring.cloud.stream.bindings.orders.destination': 'old' };

specify('plan, in the corners', [
  {
    name: 'another platform is deployed anew: an update would stay where it is',
    observed: { bar: { revision: 'another', platform: 'elsewhere' } },
    verdict: 'redeploy PlatformChanged',
    steps: ['undeploy bar', 'deploy bar'],
  },
  {
    name: 'an upgrade that failed is tried again when somebody asks for it',
    pipeline: { annotations: request },
    observed: { bar: failed },
    verdict: 'redeploy UpgradeFailed',
    steps: ['undeploy bar', 'deploy bar'],
  },
  {
    name: 'and not again for the same request',
    pipeline: { annotations: request, status: { lastHandledReconcileAt: 'now' } },
    observed: { bar: failed },
    verdict: 'stalled UpgradeFailed',
    steps: [],
  },
  {
    name: 'what runs and does not say from which spec, as when SCDF gave up while Skipper went on, is deployed anew',
    observed: { bar: { says: false } },
    verdict: 'redeploy Deploying',
    steps: ['undeploy bar', 'deploy bar'],
  },
  {
    name: 'but not in the moment in which SCDF may still be about to write it down',
    observed: {
      bar: { says: false, state: 'deploying', history: [release('DEPLOYED', { lastDeployed: NOW - 3000 })] },
    },
    verdict: 'wait Deploying',
    steps: [],
  },
  {
    name: 'an upgrade that Skipper has been at for ten minutes may still end',
    pipeline: { spec: { topics, progressDeadlineSeconds: 900 } },
    observed: { bar: unknown(600_000) },
    verdict: 'wait UpgradeInProgress',
    steps: [],
  },
  {
    name: 'one that Skipper has forgotten is not waited for for ever',
    observed: { bar: unknown(days) },
    verdict: 'update Updating',
    steps: ['update bar'],
  },
  {
    name: 'a sink that somebody scaled to nothing is deployed again',
    observed: {
      hotDrink: { state: 'undeployed', replicas: 0, keepWorkload: true, history: [release('DEPLOYED')] },
    },
    role: 'hotDrink',
    verdict: 'redeploy WorkloadMissing',
    steps: ['undeploy hot-drink', 'deploy hot-drink'],
  },
  {
    name: 'also when SCDF takes none of none for all',
    observed: { hotDrink: { replicas: 0, pods: [] } },
    role: 'hotDrink',
    verdict: 'redeploy WorkloadMissing',
    steps: ['undeploy hot-drink', 'deploy hot-drink'],
  },
  {
    name: 'a worker that somebody scaled to nothing is scaled back',
    observed: {
      bar: { state: 'undeployed', replicas: 0, keepWorkload: true, history: [release('DEPLOYED')] },
    },
    verdict: 'scale Scaling',
    steps: ['scale bar'],
  },
  {
    name: 'a worker that gets another orders topic and loses a property waits for the customer to stop all the same',
    observed: {
      orders: { originalDsl: 'customer: time > :old' },
      bar: { revision: 'another', properties: { ...onOldTopic, flavour: 'mocha' } },
    },
    verdict: 'wait Draining',
    steps: ['delete orders'],
  },
  {
    name: 'beside a stream of somebody else what runs is updated, with the app that this takes',
    apps: springApps,
    observed: { hotDrink: { description: 'mine' }, bar: { revision: 'another' } },
    verdict: 'update Updating',
    steps: ['register barista-app:1.0.0', 'update bar'],
  },
  {
    name: 'but not made anew: a crash in between would leave it among those that are not started',
    observed: { hotDrink: { description: 'mine' }, bar: { originalDsl: 'barista-app --flavour=mocha' } },
    verdict: 'replace DefinitionChanged',
    steps: [],
  },
  {
    name: 'nor is a customer stopped for other topics there, which could not start again',
    observed: {
      hotDrink: { description: 'mine' },
      orders: { originalDsl: 'customer: time > :old' },
      bar: { revision: 'another', properties: onOldTopic },
    },
    verdict: 'wait Draining',
    steps: [],
  },
  {
    name: 'no customer starts on the new topic while the worker is being upgraded on the old one',
    observed: { orders: { exists: false }, bar: { ...unknown(0), properties: onOldTopic } },
    role: 'orders',
    verdict: 'wait UpgradeInProgress',
    steps: [],
  },
  {
    name: 'a worker on the old topic does not wait for a customer that is on the new one already',
    observed: { orders: { workload: pods(false) }, bar: { revision: 'another', properties: onOldTopic } },
    verdict: 'redeploy OrdersTopicChanged',
    steps: ['undeploy bar', 'deploy bar'],
  },
  {
    name: 'but for the pods that this one had on the old one',
    observed: { orders: { workload: pods(true) }, bar: { revision: 'another', properties: onOldTopic } },
    verdict: 'wait Draining',
    steps: [],
  },
]);

test('when topics change and the customer gets another name, the worker waits for the pods under the former name', () => {
  const former = { name: 'old-orders', role: 'orders', state: 'deployed' };
  const pipeline = aPipeline({
    spec: { topics, streamNames: { orders: 'new-orders' } },
    status: { streams: [former] },
  });
  const planned = (old: Partial<ObservedStream>) => {
    const observed = observedAs(pipeline, {
      orders: { exists: false },
      bar: { revision: 'another', properties: onOldTopic },
    });
    const ours = observedAs(pipeline).streams.get('new-orders')!;
    const streams = new Map(observed.streams).set('old-orders', { ...ours, name: 'old-orders', ...old });
    const made = plan({ pipeline, desired: wanted(pipeline), observed: { ...observed, streams }, ...alone });
    return made.steps.map(subject);
  };
  assert.deepEqual(planned({}), ['delete old-orders']);
  assert.deepEqual(planned({ definition: undefined, workload: pods(true) }), []);
  assert.deepEqual(planned({ definition: undefined, workload: unknownWorkload }), [
    'undeploy bar',
    'create new-orders',
    'deploy bar',
    'deploy new-orders',
  ]);
});

test('a stream goes on under its former name for as long as the new one is somebody else’s', () => {
  const former = { name: 'old-bar', role: 'bar', state: 'deployed' };
  const pipeline = aPipeline({
    spec: { topics, streamNames: { bar: 'taken' } },
    status: { streams: [former] },
  });
  const planned = (taken: StreamFixture) => {
    const observed = observedAs(pipeline, { bar: taken });
    const ours = observedAs(pipeline).streams.get('taken')!;
    const streams = new Map(observed.streams).set('old-bar', { ...ours, name: 'old-bar' });
    const made = plan({ pipeline, desired: wanted(pipeline), observed: { ...observed, streams }, ...alone });
    return made.steps.map(subject);
  };
  assert.deepEqual(planned({ description: 'mine' }), []);
  assert.deepEqual(planned({ exists: false }), ['delete old-bar', 'create taken', 'deploy taken']);
});

test('a stream that had the customer’s name in another role is not waited for as one', () => {
  const former = { name: 'swapped', role: 'hotDrink', state: 'deployed' };
  const pipeline = aPipeline({
    spec: { topics, streamNames: { orders: 'swapped' }, customer: { enabled: false } },
    status: { streams: [former] },
  });
  const observed = observedAs(pipeline, { bar: { revision: 'another', properties: onOldTopic } });
  const ours = observed.streams.get('downtown-hot-drink')!;
  const streams = new Map(observed.streams).set('swapped', { ...ours, name: 'swapped' });
  const made = plan({ pipeline, desired: wanted(pipeline), observed: { ...observed, streams }, ...alone });
  assert.deepEqual(made.steps.map(subject), ['undeploy bar', 'delete swapped', 'deploy bar']);
});

test('a stream of which no instance is listed is not known to have none: it went between two reads', () => {
  const pipeline = aPipeline();
  const [stream] = observedAs(pipeline).streams.values();
  assert.ok(stream !== undefined);
  const runtime = {
    version: '1',
    apps: [{ deploymentId: 'd', name: 'n', state: 'deployed', instances: [] }],
  } as const;
  assert.equal(actualCount({ ...stream, runtime, workload: unknownWorkload }), undefined);
});
