import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aPipelineObject } from '../api/pipeline.fixtures.ts';
import type { KubeObject } from '../kube/port.ts';
import { keepDeployment, keepPipeline, keepPod } from './keep.ts';
import { viewDeployment, viewPod } from './workload.ts';

const metadata = {
  name: 'p',
  namespace: 'default',
  uid: 'uid-p',
  resourceVersion: '1',
  creationTimestamp: '2026-11-23T20:00:00Z',
  deletionTimestamp: '2026-11-23T21:00:00Z',
  labels: { 'spring-group-id': 'bar-pipeline', 'spring-deployment-id': 'bar-pipeline-barista-app-v1' },
  annotations: { much: 'text' },
};

describe('what is kept', () => {
  it('of a pod is all that is read of it, and not its spec', () => {
    const waiting = { reason: 'ImagePullBackOff', message: 'no such image' };
    const pod: KubeObject = {
      metadata,
      spec: { containers: [{ name: 'app', env: ['much'] }] },
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'False' }],
        containerStatuses: [{ image: 'barista/worker:1', state: { waiting } }],
      },
    };
    assert.deepEqual(viewPod(keepPod(pod)), viewPod(pod));
    assert.doesNotMatch(JSON.stringify(keepPod(pod)), /much/);
  });

  it('of a Deployment is all that is read of it', () => {
    const containers = [{ image: 'barista/worker:1', env: ['much'] }];
    const spec = { replicas: 3, template: { spec: { containers } } };
    const deployment: KubeObject = { metadata, spec, status: { readyReplicas: 2, replicas: 3 } };
    assert.deepEqual(viewDeployment(keepDeployment(deployment)), viewDeployment(deployment));
    assert.doesNotMatch(JSON.stringify(keepDeployment(deployment)), /much/);
    assert.deepEqual(viewDeployment(keepDeployment({ metadata })), viewDeployment({ metadata }));
  });

  it('of a pipeline is all but what kubectl and the API server note for themselves', () => {
    const noted = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'barista.dev/paused': 'true' };
    const kept = keepPipeline(aPipelineObject({ annotations: noted }));
    assert.deepEqual(kept, aPipelineObject({ annotations: { 'barista.dev/paused': 'true' } }));
  });
});
