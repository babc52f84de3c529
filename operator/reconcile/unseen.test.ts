import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPipeline, topics } from '../api/pipeline.fixtures.ts';
import type { Observed } from '../observed/observed.ts';
import type { Plan } from '../plan/step.ts';
import { KubeError, type KubeObject } from '../kube/port.ts';
import { Claims } from './claims.ts';
import { olderClaimsUnseen } from './unseen.ts';

const sharing = (name: string, created: string, more: object = {}) =>
  aPipeline({
    name,
    spec: { topics, streamNames: { bar: 'the-bar' }, ...more },
    metadata: { creationTimestamp: created },
  });
const mine = sharing('mine', '2026-11-23T11:00:00Z');
const before = '2026-11-23T10:00:00Z';

/** What is found for the stream `the-bar`, about to be adopted, whose description names a pipeline that is not seen. */
async function found(answer: () => Promise<KubeObject | undefined>, instance = 'here'): Promise<string[]> {
  const verdicts = [{ kind: 'adopt', role: 'bar', stream: 'the-bar', reason: '', message: '' }];
  const definition = { description: `barista.dev/v1alpha1 ${instance}/cafe/other` };
  const observed = { streams: new Map([['the-bar', { definition }]]) };
  const deps = { instance: 'here', claims: new Claims(), kube: { get: answer } };
  const older = await olderClaimsUnseen(
    mine,
    { verdicts } as unknown as Plan,
    observed as unknown as Observed,
    {
      deps: deps as unknown as Parameters<typeof olderClaimsUnseen>[3]['deps'],
      signal: AbortSignal.timeout(9999),
    },
  );
  return [...older].map(([stream, owner]) => `${stream}: ${owner}`);
}

const kept = ['the-bar: cafe/other'];
const cases: readonly [string, () => Promise<KubeObject | undefined>, string[]][] = [
  ['an older one keeps it', async () => sharing('other', before).object, kept],
  ['a younger one does not', async () => sharing('other', '2026-11-23T12:00:00Z').object, []],
  ['one that is gone does not', async () => undefined, []],
  [
    'one on another server does not',
    async () => sharing('other', before, { dataflow: { server: 'x' } }).object,
    [],
  ],
  [
    'one that wants it no more does not',
    async () => sharing('other', before, { streamNames: {} }).object,
    [],
  ],
  [
    'one that may not be looked at does',
    () => Promise.reject(new KubeError('forbidden', 'in cafe you may not')),
    kept,
  ],
];
for (const [what, answer, expected] of cases) {
  test(`of pipelines that are not seen, ${what}`, async () =>
    assert.deepEqual(await found(answer), expected));
}

test('of the pipelines of another instance nothing is asked', async () => {
  const nobody = () => Promise.reject(new Error('asked'));
  assert.deepEqual(await found(nobody, 'elsewhere'), []);
});

test('a failure is one, and not an answer', async () => {
  await assert.rejects(
    found(() => Promise.reject(new KubeError('transient', 'no answer'))),
    /no answer/,
  );
});
