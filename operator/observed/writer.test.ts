import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aPipelineObject } from '../api/pipeline.fixtures.ts';
import type { KubeObject } from '../kube/port.ts';
import { keepPipeline } from './keep.ts';
import { specWriter } from './writer.ts';

function written(managedFields: unknown): KubeObject {
  const object = aPipelineObject();
  return { ...object, metadata: { ...object.metadata, managedFields } };
}

/** As `kubectl get -o yaml --show-managed-fields` shows them of a pipeline that was applied, scaled and looked after. */
const entries = [
  entry('kubectl-client-side-apply', '2026-11-28T10:00:00Z', {
    'f:metadata': {},
    'f:spec': { 'f:topics': {} },
  }),
  entry('kubectl', '2026-11-28T11:00:00Z', { 'f:spec': { 'f:barista': { 'f:replicas': {} } } }, 'scale'),
  entry('barista-operator', '2026-11-28T12:00:00Z', { 'f:metadata': { 'f:finalizers': {} } }),
  entry('barista-operator', '2026-11-28T12:00:01Z', { 'f:status': {} }, 'status'),
];

function entry(manager: string, time: string, fieldsV1: unknown, subresource?: string) {
  return {
    manager,
    operation: 'Update',
    apiVersion: 'barista.dev/v1alpha1',
    time,
    fieldsType: 'FieldsV1',
    fieldsV1,
    subresource,
  };
}

describe('who wrote the spec', () => {
  test('is the last that wrote any of it, and nobody who wrote status or metadata', () => {
    assert.equal(specWriter(written(entries)), 'kubectl');
    assert.equal(specWriter(written(entries.toReversed())), 'kubectl');
    assert.equal(specWriter(written(entries.slice(0, 1))), 'kubectl-client-side-apply');
  });

  test('may be who scaled it, of which the API server notes no time', () => {
    const [applied, { time: _, ...scaled }] = [entries[0], entries[1]!];
    const both = 'kubectl-client-side-apply, or kubectl by scale';
    assert.equal(specWriter(written([scaled, applied])), both);
    assert.equal(specWriter(keepPipeline(written([scaled, applied]))), both);
    assert.equal(specWriter(written([scaled])), 'kubectl by scale');
  });

  test('is nobody where the object does not say', () => {
    for (const fields of [undefined, [], 'x', [null, 7], entries.slice(2), [{ fieldsV1: { 'f:spec': {} } }]])
      assert.equal(specWriter(written(fields)), undefined);
  });

  test('is kept with a pipeline, and no more of what is said of its fields', () => {
    const kept = keepPipeline(written(entries));
    assert.equal(specWriter(kept), 'kubectl');
    assert.ok(JSON.stringify(kept.metadata.managedFields).length < 80);
    assert.deepEqual(keepPipeline(written(entries.slice(2))), aPipelineObject());
  });
});
