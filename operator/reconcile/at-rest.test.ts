import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aPipelineObject, type PipelineFixture } from '../api/pipeline.fixtures.ts';
import { unknownWorkload, type Workload } from '../observed/workload.ts';
import { isAtRest } from './at-rest.ts';

const condition = { type: 'Ready', status: 'True', reason: 'StreamsReady', message: '' };
const ready = {
  ...condition,
  observedGeneration: 1,
  lastTransitionTime: '2026-11-23T20:00:00Z',
};
const bar = { name: 'downtown-bar', role: 'bar', state: 'deployed', instances: '1/1' };
const status = { observedGeneration: 1, conditions: [ready], streams: [bar] };
const REQUESTED = 'barista.dev/reconcile-requested-at';

function running(pods: number): Workload {
  const at = { namespace: 'default', createdAt: 0, deleting: false };
  const deployment = {
    ...at,
    name: 'downtown-bar-barista-app-v1',
    replicas: 1,
    ready: pods,
    image: undefined,
  };
  const deploymentId = deployment.name;
  const pod = { ...at, name: 'p', ready: true, running: true, deploymentId, trouble: undefined };
  return { known: true, deployments: [deployment], pods: Array.from({ length: pods }, () => pod) };
}

describe('a pipeline', () => {
  for (const [what, fixture, workload, expected] of [
    ['that nobody has looked at is not at rest', {}, unknownWorkload, false],
    ['that is ready is', { status }, unknownWorkload, true],
    ['whose spec has changed is not', { status, metadata: { generation: 2 } }, unknownWorkload, false],
    ['whose spec is not valid is not', { status, spec: { topics: {} } }, unknownWorkload, false],
    [
      'that is being deleted is not',
      { status, metadata: { deletionTimestamp: '2026-11-23T21:00:00Z' } },
      unknownWorkload,
      false,
    ],
    [
      'that is not ready is not',
      { status: { ...status, conditions: [{ ...ready, status: 'False' }] } },
      unknownWorkload,
      false,
    ],
    [
      'that somebody asked to look at is not',
      { status, annotations: { [REQUESTED]: 'now' } },
      unknownWorkload,
      false,
    ],
    [
      'that was looked at since is',
      { status: { ...status, lastHandledReconcileAt: 'now' }, annotations: { [REQUESTED]: 'now' } },
      unknownWorkload,
      true,
    ],
    ['whose pods run is', { status }, running(1), true],
    ['that has lost a pod is not', { status }, running(0), false],
    ['whose Deployment is gone is not', { status }, { ...unknownWorkload, known: true }, false],
  ] as const satisfies readonly (readonly [string, PipelineFixture, Workload, boolean])[]) {
    it(what, () => {
      assert.equal(
        isAtRest(aPipelineObject(fixture), () => () => workload),
        expected,
      );
    });
  }
});
