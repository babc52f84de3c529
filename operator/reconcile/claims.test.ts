import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPipeline, topics, type PipelineFixture } from '../api/pipeline.fixtures.ts';
import { Claims } from './claims.ts';

const sharing = (name: string, created: string, more: PipelineFixture = {}) =>
  aPipeline({
    name,
    ...more,
    spec: { topics, streamNames: { bar: 'the-bar' }, ...more.spec },
    metadata: { creationTimestamp: created, ...more.metadata },
  });

function claimsOf(...pipelines: ReturnType<typeof aPipeline>[]): Claims {
  const claims = new Claims();
  for (const pipeline of pipelines) claims.set(`cafe/${pipeline.name}`, pipeline);
  return claims;
}

const older = sharing('older', '2026-11-23T10:00:00Z');
const younger = sharing('younger', '2026-11-23T11:00:00Z');

test('the older of two pipelines has the name', () => {
  const claims = claimsOf(older, younger);
  assert.deepEqual([...claims.olderClaims('cafe/younger')], [['the-bar', 'cafe/older']]);
  assert.deepEqual([...claims.olderClaims('cafe/older')], []);
});

test('when the older one goes, the younger has it', () => {
  const claims = claimsOf(older, younger);
  assert.deepEqual(claims.rivals('cafe/older'), ['cafe/younger']);
  claims.set('cafe/older', undefined);
  assert.deepEqual([...claims.olderClaims('cafe/younger')], []);
});

test('on two servers one name is two streams', () => {
  const elsewhere = sharing('elsewhere', '2026-11-23T09:00:00Z', { spec: { dataflow: { server: 'other' } } });
  assert.deepEqual([...claimsOf(elsewhere, younger).olderClaims('cafe/younger')], []);
});

test('of two pipelines of the same second the uid decides', () => {
  const a = sharing('a', '2026-11-23T10:00:00Z', { metadata: { uid: '1' } });
  const b = sharing('b', '2026-11-23T10:00:00Z', { metadata: { uid: '2' } });
  assert.equal(claimsOf(a, b).olderClaims('cafe/b').size, 1);
  assert.equal(claimsOf(a, b).olderClaims('cafe/a').size, 0);
});

const app = {
  type: 'sink',
  name: 'log',
  version: '1',
  uri: 'docker:log:1',
  registeredByPipeline: true,
} as const;

test('a registration is used and owned by whoever has it in its status', () => {
  const user = sharing('user', '2026-11-23T10:00:00Z', {});
  const claims = claimsOf({ ...user, status: { apps: [app] } }, younger);
  const wanted = { ...app, bootVersion: '3' } as const;
  assert.equal(claims.usedByOthers('cafe/younger', 'default', app), true);
  assert.equal(claims.registeredByOthers('cafe/younger', 'default', wanted), true);
  assert.equal(claims.usedByOthers('cafe/user', 'default', app), false);
  assert.equal(claims.usedByOthers('cafe/younger', 'other', app), false);
});

test('of pipelines that are deleted together the last by uid sees to what they share', () => {
  const leaving = (name: string, uid: string) => ({
    ...sharing(name, '2026-11-23T10:00:00Z', {
      metadata: { uid, deletionTimestamp: '2026-11-23T12:00:00Z' },
    }),
    status: { apps: [app] },
  });
  const claims = claimsOf(leaving('a', '1'), leaving('b', '2'));
  assert.equal(claims.usedByOthers('cafe/a', 'default', app), true);
  assert.equal(claims.usedByOthers('cafe/b', 'default', app), false);
  assert.deepEqual(claims.leavingBefore('cafe/b', 'default', app), ['cafe/a']);
  assert.deepEqual(claims.leavingBefore('cafe/a', 'default', app), []);
});

test('what a pipeline has and does not use any more keeps nobody from taking it away', () => {
  const had = { ...older, status: { apps: [{ ...app, obsolete: true as const }] } };
  const claims = claimsOf(had, younger);
  assert.equal(claims.usedByOthers('cafe/younger', 'default', app), false);
  assert.equal(claims.registeredByOthers('cafe/younger', 'default', { ...app, bootVersion: '3' }), true);
});
