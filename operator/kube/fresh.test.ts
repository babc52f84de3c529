import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { GROUP, KIND, PIPELINES, VERSION } from '../api/types.ts';
import { FakeClock } from '../runtime/clock.fixtures.ts';
import { FreshStore } from './fresh.ts';
import { MemoryKube } from './memory.ts';
import { KubeError, type KubeObject } from './port.ts';

const key = { namespace: 'cafe', name: 'p' };

let kube: MemoryKube;
/** What the watch has told so far. */
let copied: KubeObject | undefined;
let fresh: FreshStore;

beforeEach(async () => {
  kube = new MemoryKube([{ ...PIPELINES, kind: KIND, status: true }], new FakeClock());
  copied = await kube.create(PIPELINES, 'cafe', {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: KIND,
    metadata: key,
    spec: {},
  });
  fresh = new FreshStore({ get: () => copied, list: () => [] });
});

const version = () => fresh.get(key)?.metadata.resourceVersion;

test('what was written is known before the watch tells of it', async () => {
  const written = await fresh.through(kube).patchStatus(PIPELINES, key, { status: { streamsReady: '1/1' } });
  assert.notEqual(copied?.metadata.resourceVersion, written.metadata.resourceVersion);
  assert.equal(version(), written.metadata.resourceVersion);
});

test('what is kept of an answer is what is kept in the copy', async () => {
  const store = { get: () => copied, list: () => [] };
  const keep = (object: KubeObject): KubeObject => ({ ...object, spec: 'kept' });
  fresh = new FreshStore(store, keep);
  await fresh.through(kube).patchStatus(PIPELINES, key, { status: { streamsReady: '1/1' } });
  assert.equal(fresh.get(key)?.spec, 'kept');
});

test('after a conflict the next turn sees what the other one wrote, also when the watch says nothing', async () => {
  const base = { resourceVersion: copied?.metadata.resourceVersion };
  const theirs = await kube.patch(PIPELINES, key, { metadata: { labels: { a: 'b' } } });
  const mine = () => fresh.through(kube).patch(PIPELINES, key, { metadata: base });
  await assert.rejects(mine, (error) => error instanceof KubeError && error.kind === 'conflict');
  assert.equal(version(), theirs.metadata.resourceVersion);
});

test('the watch is believed again as soon as it has come so far', async () => {
  copied = await fresh.through(kube).patch(PIPELINES, key, { metadata: { labels: { a: 'b' } } });
  copied = await kube.patch(PIPELINES, key, { metadata: { labels: { a: 'c' } } });
  assert.equal(fresh.get(key), copied);
});

test('what the watch says is gone is gone', async () => {
  await fresh.through(kube).patch(PIPELINES, key, { metadata: { labels: { a: 'b' } } });
  copied = undefined;
  assert.equal(fresh.get(key), undefined);
});

test('what was not found any more is gone, until the watch tells of another one', async () => {
  kube.delete(PIPELINES, key);
  await assert.rejects(() => fresh.through(kube).patch(PIPELINES, key, { metadata: { labels: { a: 'b' } } }));
  assert.equal(fresh.get(key), undefined);
  const body = { apiVersion: `${GROUP}/${VERSION}`, kind: KIND, metadata: key, spec: {} };
  copied = await kube.create(PIPELINES, 'cafe', body);
  assert.equal(fresh.get(key), copied);
});

test('nothing is kept of what the watch has told, whichever came first', async () => {
  const before = copied;
  const patch = () => fresh.through(kube).patch(PIPELINES, key, { metadata: { labels: { a: 'b' } } });
  copied = await patch();
  assert.equal(fresh.ahead, 1);
  fresh.caughtUp(before, copied);
  assert.equal(fresh.ahead, 0);
  copied = await kube.patch(PIPELINES, key, { metadata: { labels: { a: 'c' } } });
  await fresh.through(kube).get(PIPELINES, key);
  assert.equal(fresh.ahead, 0);
});
