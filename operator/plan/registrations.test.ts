/** What becomes of registrations that a pipeline made for images and versions that it does not use any more. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aPipeline, topics } from '../api/pipeline.fixtures.ts';
import type { AppRegistration } from '../dataflow/port.ts';
import { observedAs, release, springApps, subject, wanted, type StreamFixture } from './plan.fixtures.ts';
import { plan } from './plan.ts';
import { titleOf } from './registrations.ts';
import { alone } from './specify.fixtures.ts';

const worker = (version: string, defaultVersion: boolean): AppRegistration => ({
  type: 'app',
  name: 'barista-app',
  version,
  uri: `docker:barista/worker:${version}`,
  defaultVersion,
});

interface Situation {
  readonly apps?: readonly AppRegistration[];
  readonly foreign?: readonly string[];
  readonly bar?: StreamFixture;
  readonly usedByPipelines?: boolean;
  readonly spec?: object;
  /** What the status knows. */
  readonly entry?: object;
}

const looked: Situation = { foreign: [] };

function planned(it: Situation) {
  const entry = { type: 'app', name: 'barista-app', version: '0.9.0', registeredByPipeline: true };
  const pipeline = aPipeline({
    spec: { topics, ...it.spec },
    status: { apps: [{ ...entry, uri: 'docker:barista/worker:0.9.0', ...it.entry }] },
  });
  const apps = it.apps ?? [worker('0.9.0', false), worker('1.0.0', true)];
  const observed = {
    ...observedAs(pipeline, it.bar === undefined ? {} : { bar: it.bar }, [...springApps, ...apps]),
    ...(it.foreign === undefined ? {} : { foreignApps: new Set(it.foreign) }),
  };
  const usedByPipelines = () => it.usedByPipelines === true;
  const made = plan({ pipeline, desired: wanted(pipeline), observed, ...alone, usedByPipelines });
  return { steps: made.steps.map(subject), released: made.released.map(titleOf), unsettled: made.unsettled };
}

const old = 'app/barista-app 0.9.0';
const nothing = { steps: [], released: [], unsettled: false };

describe('a registration that no stream of the pipeline uses any more', () => {
  test('is taken away', () => {
    assert.deepEqual(planned(looked), { ...nothing, steps: ['unregister barista-app:0.9.0'] });
  });

  test('is left until somebody has looked whether streams of others use it', () => {
    assert.deepEqual(planned({}), { ...nothing, unsettled: true });
  });

  test('is left to the streams of others that use it, for good', () => {
    assert.deepEqual(planned({ foreign: ['barista-app'] }), { ...nothing, released: [old] });
  });

  test('stays the pipeline’s own while another pipeline uses it', () => {
    assert.deepEqual(planned({ ...looked, usedByPipelines: true }), nothing);
  });

  test('hands being the default version on, without which SCDF would not find the app', () => {
    const apps = [worker('0.9.0', true), worker('1.0.0', false)];
    const steps = ['makeDefault barista-app:1.0.0', 'unregister barista-app:0.9.0'];
    assert.deepEqual(planned({ ...looked, apps }), { ...nothing, steps });
  });

  test('is forgotten when somebody took it away already', () => {
    assert.deepEqual(planned({ apps: [worker('1.0.0', true)] }), { ...nothing, released: [old] });
  });

  test('stays until the upgrade to the next one is over', () => {
    const bar: StreamFixture = { state: 'deploying', history: [release('UNKNOWN', { version: 2 })] };
    assert.deepEqual(planned({ ...looked, bar }), nothing);
  });

  test('stays while the worker is stopped that was deployed with it: SCDF lets it go only when that is deployed again', () => {
    const bar: StreamFixture = { state: 'undeployed', history: [release('DELETED')] };
    assert.deepEqual(planned({ ...looked, spec: { state: 'Stopped' }, bar }), nothing);
    const never = planned({ ...looked, spec: { state: 'Stopped' } });
    assert.deepEqual(
      never.steps,
      ['unregister barista-app:0.9.0'],
      'one that was never deployed has no use for it',
    );
  });

  test('is none of the pipeline’s business when it did not register it', () => {
    assert.deepEqual(planned({ ...looked, entry: { registeredByPipeline: false } }), nothing);
  });
});
