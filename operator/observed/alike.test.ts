import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aPipelineObject } from '../api/pipeline.fixtures.ts';
import type { KubeObject } from '../kube/port.ts';
import { keepAlike } from './alike.ts';
import { Pool } from './pool.ts';

function aPipeline(ready: 'True' | 'False'): KubeObject {
  const conditions = [{ type: 'Ready', status: ready, reason: 'StreamsReady', message: 'well' }];
  return { ...aPipelineObject(), status: { conditions } };
}

describe('of pipelines', () => {
  it('ready ones share what they have in common', () => {
    const keep = keepAlike(new Pool());
    assert.equal(keep(aPipeline('True')).spec, keep(aPipeline('True')).spec);
    assert.deepEqual(keep(aPipeline('True')), aPipeline('True'));
  });

  it('those that are being seen to are kept as they come', () => {
    const keep = keepAlike(new Pool());
    assert.notEqual(keep(aPipeline('False')).spec, keep(aPipeline('False')).spec);
    assert.notEqual(keep(aPipelineObject()).spec, keep(aPipelineObject()).spec);
    assert.deepEqual(keep(aPipeline('False')), aPipeline('False'));
  });
});
