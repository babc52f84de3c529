import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aPipeline } from '../api/pipeline.fixtures.ts';
import { observedAs, subject, wanted } from './plan.fixtures.ts';
import { planRemoval } from './plan.ts';

describe('planRemoval', () => {
  const status = {
    streams: [
      { name: 'downtown-bar', role: 'bar', state: 'deployed' },
      { name: 'downtown-orders', role: 'orders', state: 'deployed' },
      { name: 'downtown-hot-drink', role: 'hotDrink', state: 'deployed' },
      { name: 'downtown-cold-drink', role: 'coldDrink', state: 'deployed' },
    ],
    apps: [
      {
        type: 'app',
        name: 'barista-app',
        version: '1.0.0',
        uri: 'docker:barista/worker:1.0.0',
        registeredByPipeline: true,
      },
      {
        type: 'sink',
        name: 'log',
        version: '5.1.1',
        uri: 'docker:springcloudstream/log-sink-kafka:5.1.1',
        registeredByPipeline: false,
      },
    ],
  };
  const pipeline = aPipeline({ status });
  const owner = wanted(pipeline).description;

  test('deletes the customer first and the sinks last, then unregisters what it registered itself', () => {
    const observed = { ...observedAs(pipeline), foreignApps: new Set(['log']) };
    const made = planRemoval({ pipeline, owner, observed, usedByPipelines: () => false });
    assert.deepEqual(made.steps.map(subject), [
      'delete orders',
      'delete bar',
      'delete hot-drink',
      'delete cold-drink',
      'unregister barista-app:1.0.0',
    ]);
  });

  test('leaves streams of others and registrations that others use', () => {
    const observed = observedAs(pipeline, {
      bar: { description: 'orders of the old bar' },
      hotDrink: { exists: false },
    });
    const made = planRemoval({ pipeline, owner, observed, usedByPipelines: () => true });
    assert.deepEqual(made.steps.map(subject), ['delete orders', 'delete cold-drink']);
    const foreignApps = new Set(['barista-app']);
    const found = planRemoval({
      pipeline,
      owner,
      observed: { ...observed, foreignApps },
      usedByPipelines: () => false,
    });
    assert.deepEqual(found.steps.map(subject), ['delete orders', 'delete cold-drink']);
  });

  test('unregisters nothing before somebody has looked who else uses it', () => {
    const made = planRemoval({
      pipeline,
      owner,
      observed: observedAs(pipeline),
      usedByPipelines: () => false,
    });
    assert.equal(made.unsettled, true);
    assert.ok(!made.steps.some((step) => step.kind === 'unregister'));
  });
});
