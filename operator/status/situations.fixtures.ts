/** Situations that a person may be told of, one for each reason at least: what is said of them is shown in docs/reasons.md. */
import { aPipeline, topics, type PipelineFixture } from '../api/pipeline.fixtures.ts';
import type { PipelineStatus, Role } from '../api/types.ts';
import { classify } from '../dataflow/classify.ts';
import { recordedBody, recordedErrors } from '../dataflow/errors.fixtures.ts';
import { DataflowError, type AppRegistration } from '../dataflow/port.ts';
import { networkTrouble } from '../dataflow/wording.ts';
import { logHint } from '../observed/log-hint.ts';
import type { PodTrouble } from '../observed/workload.ts';
import { NOW, observedAs, release, springApps, wanted, type StreamFixture } from '../plan/plan.fixtures.ts';
import { plan } from '../plan/plan.ts';
import { alone } from '../plan/specify.fixtures.ts';
import { status } from './status.ts';

export interface Situation {
  /** The reason of the condition `type`. */
  readonly reason: string;
  readonly type?: 'Ready' | 'AppsRegistered' | 'StreamsDeployed';
  readonly pipeline?: PipelineFixture;
  readonly observed?: Partial<Record<Role, StreamFixture>>;
  readonly apps?: readonly AppRegistration[];
  readonly olderClaims?: Readonly<Record<string, string>>;
  readonly failure?: DataflowError;
}

export function statusIn(it: Situation): PipelineStatus {
  const pipeline = aPipeline(it.pipeline);
  const desired = wanted(pipeline);
  const observed = observedAs(pipeline, it.observed, it.apps);
  const olderClaims = new Map(Object.entries(it.olderClaims ?? {}));
  return status({
    pipeline,
    desired,
    observed,
    plan: plan({ pipeline, desired, observed, ...alone, olderClaims }),
    failure: it.failure,
    registered: [],
    dropped: [],
    registeredByOthers: () => false,
    now: NOW,
  });
}

const nothing = { exists: false } as const;
const pod = (trouble: PodTrouble | undefined): StreamFixture => ({
  state: 'deploying',
  history: [release('DEPLOYED')],
  pods: [{ ready: false, running: true, createdAt: NOW - 90_000, trouble }],
});
const deploying = (lastDeployed: number): StreamFixture => ({
  state: 'deploying',
  history: [release('DEPLOYED', { lastDeployed })],
});
const unready = (ms: number): PipelineFixture['status'] => ({
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
});

/** What SCDF was recorded to say. */
function refusal(step: string, operation: string): DataflowError {
  const found = recordedErrors.find((it) => it.step === step);
  if (found === undefined) throw new Error(`nothing is recorded of ${step}`);
  const { kind, message } = classify(found.status, recordedBody(found));
  return new DataflowError(kind, operation, message, { status: found.status });
}

const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
const answered = (status: number, body: string) => {
  const { kind, message } = classify(status, body);
  return new DataflowError(kind, 'look at stream downtown-bar', message, { status });
};

export const situations: readonly Situation[] = [
  { reason: 'StreamsReady' },
  { reason: 'StreamsReady', pipeline: { spec: { topics, barista: { replicas: 0 } } } },
  { reason: 'Stopped', pipeline: { spec: { topics, state: 'Stopped' } } },
  { reason: 'NameConflict', observed: { bar: { description: 'made by hand' } } },
  { reason: 'NameConflict', observed: { bar: { description: 'barista.dev/v1alpha1 other/cafe/uptown' } } },
  {
    reason: 'NameConflict',
    observed: { bar: nothing },
    olderClaims: { 'downtown-bar': 'cafe/uptown' },
  },
  {
    reason: 'AppNotRegistered',
    pipeline: { spec: { topics, hotDrinkLog: { app: { name: 'printer' } } } },
    observed: { hotDrink: nothing },
  },
  {
    reason: 'DataflowUnavailable',
    failure: new DataflowError(
      'unreachable',
      'look at stream downtown-bar',
      `The server at http://scdf-server:9393 cannot be reached: ${networkTrouble(refused)}`,
    ),
  },
  { reason: 'DataflowUnavailable', failure: answered(503, '<html>no healthy upstream</html>') },
  { reason: 'SkipperUnavailable', failure: refusal('skipper down: deploy', 'deploy stream downtown-bar') },
  { reason: 'DataflowUnauthorized', failure: answered(401, '') },
  { reason: 'DataflowRejected', failure: refusal('deploy unknown platform', 'deploy stream downtown-bar') },
  { reason: 'DataflowRejected', failure: refusal('create unknown app', 'create stream downtown-orders') },
  { reason: 'DataflowError', failure: refusal('logs', 'look at stream downtown-bar') },
  { reason: 'DataflowError', failure: refusal('deploy over drift', 'deploy stream downtown-bar') },
  { reason: 'DataflowError', failure: refusal('deploy after loss', 'deploy stream downtown-bar') },
  { reason: 'DataflowError', failure: refusal('unregister app in use', 'unregister app barista-app 1.0.0') },
  { reason: 'UpgradeInProgress', failure: refusal('update during update', 'update stream downtown-bar') },
  { reason: 'Deploying', failure: refusal('deploy deployed', 'deploy stream downtown-bar') },
  { reason: 'Registered', type: 'AppsRegistered' },
  { reason: 'Registering', type: 'AppsRegistered', apps: springApps },
  { reason: 'Deployed', type: 'StreamsDeployed' },
  { reason: 'Deploying', type: 'StreamsDeployed', observed: { bar: deploying(NOW - 5000) } },
  { reason: 'Creating', observed: { bar: nothing, orders: nothing } },
  { reason: 'Deploying', observed: { bar: { state: 'undeployed' } } },
  { reason: 'Deploying', observed: { bar: deploying(NOW - 5000) } },
  {
    reason: 'Deploying',
    pipeline: { spec: { topics, barista: { replicas: 2 } } },
    observed: { bar: { replicas: 2, pods: [{}, { ready: false }] } },
  },
  { reason: 'Deploying', observed: { bar: { says: false } } },
  { reason: 'Updating', observed: { bar: { revision: 'old' } } },
  {
    reason: 'Updating',
    observed: {
      bar: {
        revision: 'old',
        state: 'undeployed',
        keepWorkload: true,
        pods: [],
        history: [release('DEPLOYED')],
      },
    },
  },
  {
    reason: 'Scaling',
    pipeline: { spec: { topics, barista: { replicas: 3 } } },
    observed: { bar: { replicas: 1 } },
  },
  {
    reason: 'Stopping',
    pipeline: { spec: { topics, state: 'Stopped' } },
    observed: { bar: { state: 'deployed', keepWorkload: true } },
  },
  {
    reason: 'Adopting',
    pipeline: { annotations: { 'barista.dev/adopt': 'true' } },
    observed: { bar: { description: 'made by hand' } },
  },
  {
    reason: 'Draining',
    pipeline: { spec: { topics: { ...topics, orders: 'orders2' } } },
    observed: {
      orders: { originalDsl: 'customer: time > :orders' },
      bar: {
        revision: 'old',
        properties: { 'spring.cloud.stream.bindings.orders.destination': 'orders' },
      },
    },
  },
  {
    reason: 'OrdersTopicChanged',
    pipeline: { spec: { topics: { ...topics, orders: 'orders2' }, customer: { enabled: false } } },
    observed: {
      bar: {
        revision: 'old',
        properties: { 'spring.cloud.stream.bindings.orders.destination': 'orders' },
      },
    },
  },
  {
    reason: 'Recreating',
    pipeline: { spec: { barista: { upgrade: 'Recreate' } } },
    observed: { bar: { revision: 'old' } },
  },
  { reason: 'DefinitionChanged', observed: { hotDrink: { originalDsl: ':tea > hot-drink-log: log' } } },
  {
    reason: 'PropertyRemoved',
    observed: { bar: { revision: 'old', deployer: { 'kubernetes.limits.memory': '1Gi' } } },
  },
  { reason: 'PlatformChanged', observed: { bar: { revision: 'old', platform: 'east' } } },
  {
    reason: 'WorkloadMissing',
    observed: {
      bar: { state: 'undeployed', history: [release('DEPLOYED', { version: 3, lastDeployed: 0 })] },
    },
  },
  {
    reason: 'UpgradeInProgress',
    observed: { bar: { state: 'deploying', history: [release('UNKNOWN', { version: 2 })] } },
  },
  { reason: 'UpgradeInProgress', observed: { bar: { versions: [1, 2] } } },
  {
    reason: 'UpgradeFailed',
    observed: {
      bar: {
        state: 'deploying',
        history: [
          release('FAILED', {
            version: 2,
            description: 'Did not detect apps in replacing release as healthy after 300000 ms.',
          }),
          release('DEPLOYED'),
        ],
      },
    },
  },
  {
    reason: 'ImagePullBackOff',
    observed: {
      bar: pod({
        reason: 'ImagePullBackOff',
        message: 'image barista/worker:1.0.9: Back-off pulling image "barista/worker:1.0.9"',
      }),
    },
  },
  {
    reason: 'CrashLoopBackOff',
    observed: {
      bar: pod({
        reason: 'CrashLoopBackOff',
        message: 'exit code 78, 4 restarts: barista.delivery is "twice": give AtLeastOnce or ExactlyOnce.',
      }),
    },
  },
  {
    reason: 'Unschedulable',
    observed: {
      bar: pod({
        reason: 'Unschedulable',
        message: 'the pod cannot be scheduled: 0/3 nodes are available: 3 Insufficient memory.',
      }),
    },
  },
  {
    reason: 'KafkaUnavailable',
    observed: {
      bar: pod(logHint('{"level":"warn","message":"waiting for kafka","brokers":"kafka:9092"}')),
    },
  },
  {
    reason: 'NotReady',
    observed: { hotDrink: pod(logHint('Started LogSinkApplication in 9.1 seconds')) },
  },
  {
    reason: 'ProgressDeadlineExceeded',
    pipeline: { status: unready(400_000) },
    observed: { bar: deploying(NOW - 400_000) },
  },
];
