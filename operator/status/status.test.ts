import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aPipeline, topics, type PipelineFixture } from '../api/pipeline.fixtures.ts';
import type { PipelineStatus, Role } from '../api/types.ts';
import { DataflowError } from '../dataflow/port.ts';
import type { PodView } from '../observed/workload.ts';
import { NOW, observedAs, release, wanted, type StreamFixture } from '../plan/plan.fixtures.ts';
import { plan } from '../plan/plan.ts';
import { alone } from '../plan/specify.fixtures.ts';
import { conditionEvents } from './events.ts';
import { outcome } from './outcome.ts';
import { status } from './status.ts';
import { formerStreams } from './streams.ts';

interface Case {
  readonly name: string;
  readonly pipeline?: PipelineFixture;
  readonly observed?: Partial<Record<Role, StreamFixture>>;
  readonly failure?: DataflowError;
  /** `Type=Status Reason` of each condition but the two steps of the way. */
  readonly conditions: readonly string[];
  readonly message?: RegExp;
  readonly streamsReady?: string;
}

function statusOf(it: Case): PipelineStatus {
  const pipeline = aPipeline(it.pipeline);
  const desired = wanted(pipeline);
  const observed = observedAs(pipeline, it.observed);
  return status({
    pipeline,
    desired,
    observed,
    plan: plan({ pipeline, desired, observed, ...alone }),
    failure: it.failure,
    registered: [],
    dropped: [],
    registeredByOthers: () => false,
    now: NOW,
  });
}

/** A pipeline that was ready last so many milliseconds ago. */
const unreadyFor = (ms: number): PipelineFixture => ({
  status: {
    conditions: [
      {
        type: 'Ready',
        status: 'False',
        reason: 'Deploying',
        message: '',
        observedGeneration: 1,
        lastTransitionTime: new Date(NOW - ms).toISOString(),
      },
    ],
  },
});

const pulling = (ageMs: number): StreamFixture => ({
  state: 'deploying',
  history: [release('DEPLOYED', { lastDeployed: NOW - ageMs })],
  pods: [
    {
      ready: false,
      running: false,
      createdAt: NOW - ageMs,
      trouble: { reason: 'ImagePullBackOff', message: 'image barista/worker:nope: not found' },
    },
  ],
});

const cases: readonly Case[] = [
  { name: 'all as it should be', conditions: ['Ready=True StreamsReady'], streamsReady: '4/4' },
  {
    name: 'stopped, as the spec says',
    pipeline: { spec: { topics, state: 'Stopped' } },
    conditions: ['Ready=True Stopped'],
    streamsReady: '0/0',
  },
  {
    name: 'nothing is there yet',
    observed: { bar: { exists: false } },
    conditions: ['Ready=False Creating', 'Reconciling=True Creating'],
    message: /downtown-bar/,
    streamsReady: '3/4',
  },
  {
    name: 'SCDF says deployed, but one of two pods is not ready',
    pipeline: { spec: { topics, barista: { replicas: 2 } } },
    observed: { bar: { replicas: 2, pods: [{}, { ready: false }] } },
    conditions: ['Ready=False Deploying', 'Reconciling=True Deploying'],
    message: /1\/2 ready/,
    streamsReady: '3/4',
  },
  {
    name: 'an image that cannot be pulled is named at once',
    observed: { bar: pulling(5000) },
    conditions: ['Ready=False ImagePullBackOff', 'Reconciling=True ImagePullBackOff'],
    message: /Stream downtown-bar: ImagePullBackOff: image barista\/worker:nope/,
  },
  {
    name: 'and after the deadline the pipeline is stalled by it',
    pipeline: unreadyFor(301_000),
    observed: { bar: pulling(301_000) },
    conditions: ['Ready=False ImagePullBackOff', 'Stalled=True ImagePullBackOff'],
  },
  {
    name: 'a stream that is slow without a reason is stalled after the deadline',
    pipeline: unreadyFor(400_000),
    observed: {
      bar: { state: 'deploying', history: [release('DEPLOYED', { lastDeployed: NOW - 400_000 })] },
    },
    conditions: ['Ready=False ProgressDeadlineExceeded', 'Stalled=True ProgressDeadlineExceeded'],
    message: /downtown-bar is not ready after 300 s/,
  },
  {
    name: 'a stream that was deployed long ago and has only now stopped being ready is not overdue',
    observed: {
      bar: {
        state: 'deploying',
        history: [release('DEPLOYED', { lastDeployed: NOW - 86_400_000 })],
        pods: [{}, { ready: false, createdAt: NOW - 2000 }],
      },
    },
    conditions: ['Ready=False Deploying', 'Reconciling=True Deploying'],
  },
  {
    name: 'two versions beside each other that nobody takes away are overdue at last',
    pipeline: unreadyFor(400_000),
    observed: { bar: { versions: [1, 2] } },
    conditions: ['Ready=False ProgressDeadlineExceeded', 'Stalled=True ProgressDeadlineExceeded'],
  },
  {
    name: 'a stream of somebody else, of which nothing is told',
    observed: { bar: { description: 'mine' } },
    conditions: ['Ready=False NameConflict', 'Stalled=True NameConflict'],
    message: /downtown-bar exists and was made by somebody else/,
    streamsReady: '3/4',
  },
  {
    name: 'Skipper is away',
    observed: { bar: { exists: false } },
    failure: new DataflowError('platformDown', 'create stream downtown-bar', 'Skipper does not answer'),
    conditions: ['Ready=False SkipperUnavailable', 'Reconciling=True SkipperUnavailable'],
    message: /SCDF server default, create stream downtown-bar: Skipper does not answer/,
  },
  {
    name: 'SCDF refuses what the spec asks for',
    observed: { bar: { exists: false } },
    failure: new DataflowError('rejected', 'deploy stream downtown-bar', 'name too long'),
    conditions: ['Ready=False DataflowRejected', 'Stalled=True DataflowRejected'],
  },
];

describe('status', () => {
  for (const it of cases) {
    test(it.name, () => {
      const made = statusOf(it);
      const found = (made.conditions ?? []).filter(({ type }) => !/^(Apps|Streams)/.test(type));
      assert.deepEqual(
        found.map((one) => `${one.type}=${one.status} ${one.reason}`),
        it.conditions,
      );
      if (it.message !== undefined) assert.match(found[0]!.message, it.message);
      if (it.streamsReady !== undefined) assert.equal(made.streamsReady, it.streamsReady);
    });
  }

  test('is the same when nothing has changed, so that nothing is written', () => {
    const once = statusOf({ name: '', conditions: [] });
    const again = statusOf({ name: '', conditions: [], pipeline: { status: once } });
    assert.deepEqual(again, once);
  });

  test('the time of a condition moves only when its status changes', () => {
    const old = {
      type: 'Ready',
      status: 'True',
      reason: 'X',
      message: '',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const ready = (it: Case) => statusOf(it).conditions?.find((one) => one.type === 'Ready');
    const pipeline = { status: { conditions: [old] } };
    assert.equal(ready({ name: '', conditions: [], pipeline })?.lastTransitionTime, old.lastTransitionTime);
    const broken = ready({ name: '', conditions: [], pipeline, observed: { bar: { exists: false } } });
    assert.equal(broken?.lastTransitionTime, '2026-11-23T21:00:00Z');
  });

  test('a registration is entered as the pipeline’s own before it is made, and only then', () => {
    const pipeline = aPipeline();
    const desired = wanted(pipeline);
    const observed = observedAs(pipeline, {}, []);
    const planned = plan({ pipeline, desired, observed, ...alone });
    const input = {
      pipeline,
      desired,
      observed,
      plan: planned,
      failure: undefined,
      registered: [],
      dropped: [],
      registeredByOthers: () => false,
      now: NOW,
    };
    const made = status(input);
    const registered = (it: PipelineStatus) => it.conditions?.find(({ type }) => type === 'AppsRegistered');
    assert.equal(registered(made)?.reason, 'Registering');
    assert.match(registered(made)?.message ?? '', /app\/barista-app 1\.0\.0/);
    assert.equal(registered(status({ ...input, registered: planned.apps }))?.status, 'True');
    assert.deepEqual(
      made.apps?.map((app) => [app.name, app.registeredByPipeline]),
      [
        ['barista-app', true],
        ['log', true],
        ['time', true],
      ],
    );
    assert.deepEqual(
      statusOf({ name: '', conditions: [] }).apps?.map((app) => app.registeredByPipeline),
      [false, false, false],
    );
  });
});

test('a customer under a former name is known until its pods are gone, since the worker waits for them', () => {
  const former = { name: 'old', role: 'orders', state: 'deployed' } as const;
  const pipeline = aPipeline({ status: { streams: [former] } });
  const known = (pods: readonly Partial<PodView>[]) => {
    const desired = wanted(pipeline);
    const observed = observedAs(pipeline, { orders: { pods } });
    const found = observed.streams.get('downtown-orders')!;
    const old = { ...found, name: 'old', definition: undefined };
    const all = { ...observed, streams: new Map(observed.streams).set('old', old) };
    return formerStreams(pipeline, desired, all);
  };
  assert.deepEqual(known([{ deleting: true }]), [former]);
  assert.deepEqual(known([]), []);
});

describe('events', () => {
  const ready = statusOf({ name: '', conditions: [] });
  const pullingNow = statusOf({ name: '', conditions: [], observed: { bar: pulling(5000) } });
  test('tell of becoming ready once', () => {
    assert.deepEqual(
      conditionEvents({}, ready).map((event) => `${event.type} ${event.reason}`),
      ['Normal StreamsReady'],
    );
    assert.deepEqual(conditionEvents(ready, ready), []);
  });
  test('warn of trouble once', () => {
    assert.deepEqual(
      conditionEvents(ready, pullingNow).map((event) => `${event.type} ${event.reason}`),
      ['Warning ImagePullBackOff'],
    );
    assert.deepEqual(conditionEvents(pullingNow, pullingNow), []);
  });
});

describe('outcome', () => {
  const base = { failure: undefined, writes: 0, since: undefined, now: NOW };
  const ready = statusOf({ name: '', conditions: [] });
  test('a ready pipeline is settled', () =>
    assert.equal(outcome({ ...base, status: ready }).kind, 'settled'));
  test('a busy state machine is waited for, without back-off', () => {
    const failure = new DataflowError('busy', 'update', 'not ready');
    assert.equal(outcome({ ...base, status: ready, failure }).kind, 'recheck');
  });
  test('a server that is away is tried again with back-off', () => {
    const failure = new DataflowError('unreachable', 'look', 'refused');
    assert.equal(outcome({ ...base, status: ready, failure }).kind, 'retry');
  });
  test('after a write one looks again', () =>
    assert.equal(outcome({ ...base, status: ready, writes: 1 }).kind, 'recheck'));
  test('a conflict waits for the user', () => {
    const conflict = statusOf({ name: '', conditions: [], observed: { bar: { description: 'mine' } } });
    assert.equal(outcome({ ...base, status: conflict }).kind, 'stalled');
  });
});
