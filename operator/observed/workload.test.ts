import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeObject } from '../kube/port.ts';
import { logHint } from './log-hint.ts';
import { WorkloadIndex } from './workload-index.ts';
import { newestPods, releaseOf, viewPod } from './workload.ts';

function aPod(status: unknown, name = 'p', deploymentId = 'bar-pipeline-barista-app-v1'): KubeObject {
  return {
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: '2026-11-23T20:00:00Z',
      labels: { 'spring-group-id': 'bar-pipeline', 'spring-deployment-id': deploymentId },
    },
    status,
  };
}

const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
const container = (fields: object) => ({
  phase: 'Running',
  containerStatuses: [{ image: 'barista/worker:1', ...fields }],
});

const troubles: readonly {
  name: string;
  status: unknown;
  trouble: { reason: string; message: string } | undefined;
}[] = [
  { name: 'a ready pod has none', status: ready, trouble: undefined },
  { name: 'a pod of which nothing is known has none', status: undefined, trouble: undefined },
  {
    name: 'a container that is being created has none',
    status: container({ state: { waiting: { reason: 'ContainerCreating' } } }),
    trouble: undefined,
  },
  {
    name: 'an image that cannot be pulled is named',
    status: container({
      state: {
        waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "barista/worker:1"' },
      },
    }),
    trouble: {
      reason: 'ImagePullBackOff',
      message: 'image barista/worker:1: Back-off pulling image "barista/worker:1"',
    },
  },
  {
    name: 'the first failed pull is the same trouble',
    status: container({ state: { waiting: { reason: 'ErrImagePull', message: '\n  not found\nmore' } } }),
    trouble: { reason: 'ImagePullBackOff', message: 'image barista/worker:1: not found' },
  },
  {
    name: 'a crash loop says exit code and restarts',
    status: container({
      restartCount: 4,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 3, reason: 'Error' } },
    }),
    trouble: { reason: 'CrashLoopBackOff', message: 'exit code 3, 4 restarts' },
  },
  {
    name: 'a container that has just crashed says so before Kubernetes calls it a loop',
    status: container({ restartCount: 0, state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }),
    trouble: { reason: 'CrashLoopBackOff', message: 'exit code 137 (OOMKilled), 0 restarts' },
  },
  {
    name: 'the last words of the container stand with it',
    status: container({
      restartCount: 1,
      state: { running: {} },
      lastState: { terminated: { exitCode: 78, message: 'no brokers\n' } },
    }),
    trouble: { reason: 'CrashLoopBackOff', message: 'exit code 78, 1 restart: no brokers' },
  },
  {
    name: 'a pod that no node takes',
    status: {
      phase: 'Pending',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/1 nodes are available',
        },
      ],
    },
    trouble: { reason: 'Unschedulable', message: 'the pod cannot be scheduled: 0/1 nodes are available' },
  },
  {
    name: 'a configuration that is not there',
    status: container({
      state: { waiting: { reason: 'CreateContainerConfigError', message: 'secret "kafka" not found' } },
    }),
    trouble: { reason: 'CreateContainerConfigError', message: 'secret "kafka" not found' },
  },
];

describe('the trouble of a pod', () => {
  for (const { name, status, trouble } of troubles) {
    test(name, () => assert.deepEqual(viewPod(aPod(status)).trouble, trouble));
  }
});

test('the newest release counts by its number, not by its text', () => {
  const pods = ['bar-v9', 'bar-v10', 'bar-v10'].map((id, index) => viewPod(aPod(ready, `p${index}`, id)));
  assert.deepEqual(
    newestPods({ known: true, deployments: [], pods }).map((pod) => pod.name),
    ['p1', 'p2'],
  );
  assert.deepEqual(['x-v12', 'x', 'v1-y'].map(releaseOf), [12, 0, 0]);
});

test('the index gives the pods of a stream, and says which stream a change concerns', () => {
  const index = new WorkloadIndex();
  const pod = aPod(ready);
  assert.deepEqual(index.podChanged(undefined, pod), ['bar-pipeline']);
  assert.equal(index.of('bar-pipeline', undefined).pods.length, 1);
  assert.equal(index.of('bar-pipeline', 'elsewhere').pods.length, 0);
  assert.deepEqual(index.podChanged(pod, undefined), ['bar-pipeline']);
  assert.equal(index.of('bar-pipeline', undefined).pods.length, 0);
});

test('the index does not take a stream for gone whose namespace it does not see', () => {
  const index = new WorkloadIndex(['default']);
  const known = (namespace: string | undefined) => index.of('bar-pipeline', namespace).known;
  assert.deepEqual(['default', 'elsewhere', undefined].map(known), [true, false, false]);
  index.podChanged(undefined, aPod(ready));
  assert.deepEqual(['default', 'elsewhere', undefined].map(known), [true, false, true]);
});

describe('what a log says', () => {
  test('nothing, when it is empty', () => assert.equal(logHint('\n'), undefined));
  test('that Kafka is away, in the words of a Spring app', () => {
    const line =
      'WARN NetworkClient: Connection to node -1 (/10.88.0.1:9094) could not be established. Node may not be available.';
    assert.equal(logHint(`${line}\nINFO something else`)?.reason, 'KafkaUnavailable');
  });
  test('no secret that is in it', () => {
    assert.doesNotMatch(logHint('could not log in with password=hunter2')?.message ?? '', /hunter2/);
    assert.doesNotMatch(logHint('{"msg":"refused","token":"hunter2"}')?.message ?? '', /hunter2/);
  });
  test('the newest line otherwise, readable when it is JSON', () => {
    const hint = logHint('first\n{"level":40,"time":1,"msg":"topic is missing","topic":"orders"}\n');
    assert.deepEqual(hint, {
      reason: 'NotReady',
      message: 'the pod runs and is not ready: topic is missing topic=orders',
    });
  });
});
