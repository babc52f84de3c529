/**
 * What the operator relies on of an API server. Runs on `memory.ts` and on a real one: where they differ, the one in
 * memory is wrong.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { listAll } from './list-all.ts';
import type { ListWatch, Scope, WatchEvent } from './list-watch.ts';
import { addFinalizerPatch, annotationsPatch, removeFinalizerPatch, statusPatch } from './patch.ts';
import {
  KubeError,
  type KubeApi,
  type KubeErrorKind,
  type KubeObject,
  type ObjectKey,
  type ResourceKind,
} from './port.ts';

/** An API server with a kind that has `spec`, a `status` subresource and no schema, and a namespace for the test alone. */
export interface Harness {
  readonly api: KubeApi & ListWatch;
  readonly kind: ResourceKind;
  /** Of `kind`. */
  readonly apiVersion: string;
  readonly kindName: string;
  readonly namespace: string;
  remove(kind: ResourceKind, key: ObjectKey): Promise<void>;
  close(): Promise<void>;
}

const configMaps: ResourceKind = { group: '', version: 'v1', plural: 'configmaps' };
const finalizer = 'barista.dev/streams';

/** The error that the call throws. */
async function errorOf(call: Promise<unknown>): Promise<KubeError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof KubeError, `expected a KubeError, got ${String(error)}`);
  return error;
}

async function assertFails(call: Promise<unknown>, kind: KubeErrorKind, status: number): Promise<void> {
  const error = await errorOf(call);
  assert.deepEqual({ kind: error.kind, status: error.status }, { kind, status });
}

function versionOf(object: KubeObject): string {
  return object.metadata.resourceVersion;
}

/** Events of a watch, one after the other, without bookmarks. */
class Watching {
  readonly #events: AsyncGenerator<WatchEvent, void, undefined>;
  readonly #abort = new AbortController();

  constructor(api: ListWatch, scope: Scope, resourceVersion: string) {
    const request = { resourceVersion, timeoutSeconds: 60, inactivityMs: 30_000 };
    this.#events = flatten(api.watch(scope, request, this.#abort.signal));
  }

  /** The next `count` as `kind name`. */
  async next(count: number): Promise<string[]> {
    const events: string[] = [];
    while (events.length < count) {
      const { value } = await this.#events.next();
      assert.ok(value !== undefined, 'the watch ended');
      if ('object' in value) events.push(`${value.kind} ${value.object.metadata.name}`);
    }
    return events;
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#events.next().catch(() => undefined);
  }
}

async function* flatten(
  batches: AsyncIterable<readonly WatchEvent[]>,
): AsyncGenerator<WatchEvent, void, undefined> {
  for await (const batch of batches) yield* batch;
}

export function kubeConformance(name: string, start: () => Promise<Harness>): void {
  describe(`${name} as an API server`, () => {
    let harness: Harness;
    let names = 0;
    const signal = new AbortController().signal;
    before(async () => {
      harness = await start();
    });
    after(() => harness.close());

    const keyOf = (object: KubeObject): ObjectKey => ({
      namespace: harness.namespace,
      name: object.metadata.name,
    });
    const aBody = (own: Record<string, unknown> = {}, metadata: Record<string, unknown> = {}): unknown => {
      names += 1;
      const { apiVersion, kindName: kind } = harness;
      return { apiVersion, kind, metadata: { name: `bar-${names}`, ...metadata }, spec: { cups: 1 }, ...own };
    };
    const create = (own?: Record<string, unknown>, metadata?: Record<string, unknown>): Promise<KubeObject> =>
      harness.api.create(harness.kind, harness.namespace, aBody(own, metadata));
    const get = async (object: KubeObject): Promise<KubeObject> => {
      const found = await harness.api.get(harness.kind, keyOf(object));
      assert.ok(found !== undefined);
      return found;
    };
    const patch = (object: KubeObject, body: unknown): Promise<KubeObject> =>
      harness.api.patch(harness.kind, keyOf(object), body);

    it('creates an object with a uid, a version, a generation and a time, and without its status', async () => {
      const created = await create({ status: { ready: true } });
      assert.match(created.metadata.uid, /./);
      assert.match(versionOf(created), /^\d+$/);
      assert.equal(created.metadata.generation, 1);
      assert.match(created.metadata.creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.equal(created.status, undefined);
      assert.deepEqual(await get(created), created);
    });

    it('says that an object is not there', async () => {
      const key = { namespace: harness.namespace, name: 'nobody' };
      assert.equal(await harness.api.get(harness.kind, key), undefined);
      await assertFails(harness.api.patch(harness.kind, key, { spec: {} }), 'notFound', 404);
      await assertFails(harness.api.patchStatus(harness.kind, key, { status: {} }), 'notFound', 404);
    });

    it('says that it does not know a kind', async () => {
      const kind = { group: 'nobody.barista.dev', version: 'v1', plural: 'nothings' };
      await assertFails(harness.api.list({ kind }, {}, signal), 'notFound', 404);
      await assertFails(harness.api.create(kind, harness.namespace, aBody()), 'notFound', 404);
    });

    it('refuses to create what exists', async () => {
      const { metadata } = await create();
      await assertFails(create({}, { name: metadata.name }), 'conflict', 409);
    });

    it('refuses an object without a name', async () => {
      await assertFails(create({}, { name: '' }), 'invalid', 422);
    });

    it('counts a generation when the spec changes, and only then', async () => {
      const created = await create();
      const labelled = await patch(created, { metadata: { labels: { shop: 'downtown' } } });
      assert.equal(labelled.metadata.generation, 1);
      const changed = await patch(created, { spec: { cups: 2 } });
      assert.equal(changed.metadata.generation, 2);
      assert.deepEqual(changed.spec, { cups: 2 });
      assert.ok(BigInt(versionOf(changed)) > BigInt(versionOf(labelled)));
    });

    it('merges a patch: fields that are not named stay, null removes', async () => {
      const created = await create({ spec: { cups: 1, menu: { hot: 'tea', cold: 'cola' } } });
      const patched = await patch(created, { spec: { menu: { cold: null, other: ['a'] } } });
      assert.deepEqual(patched.spec, { cups: 1, menu: { hot: 'tea', other: ['a'] } });
    });

    it('makes nothing of a write that changes nothing', async () => {
      const created = await create();
      assert.equal(versionOf(await patch(created, { spec: { cups: 1 } })), versionOf(created));
    });

    it('writes status only by the subresource, and nothing else by it', async () => {
      const created = await create();
      const byPatch = await patch(created, { status: { ready: true } });
      assert.equal(byPatch.status, undefined);
      const byStatus = await harness.api.patchStatus(harness.kind, keyOf(created), {
        status: { ready: true },
        spec: { cups: 9 },
        metadata: { labels: { shop: 'none' } },
      });
      assert.deepEqual(byStatus.status, { ready: true });
      assert.deepEqual(byStatus.spec, { cups: 1 });
      assert.equal(byStatus.metadata.labels, undefined);
      assert.equal(byStatus.metadata.generation, 1);
    });

    it('refuses a patch under a version that is no longer', async () => {
      const created = await create();
      await patch(created, { spec: { cups: 2 } });
      const body = statusPatch(created, { ready: true });
      await assertFails(harness.api.patchStatus(harness.kind, keyOf(created), body), 'conflict', 409);
      await assertFails(patch(created, addFinalizerPatch(created, finalizer)), 'conflict', 409);
    });

    it('refuses a patch that is meant for an earlier object of that name', async () => {
      const created = await create();
      await harness.remove(harness.kind, keyOf(created));
      const successor = await create({}, { name: created.metadata.name });
      await assertFails(patch(successor, addFinalizerPatch(created, finalizer)), 'conflict', 409);
    });

    it('takes a patch under the version that is', async () => {
      const created = await create();
      const first = await harness.api.patchStatus(
        harness.kind,
        keyOf(created),
        statusPatch(created, { ready: true, streams: ['a'] }),
      );
      const second = await harness.api.patchStatus(
        harness.kind,
        keyOf(created),
        statusPatch(first, { streams: ['a', 'b'] }),
      );
      assert.deepEqual(second.status, { streams: ['a', 'b'] });
      const noted = await patch(second, annotationsPatch(second, { 'barista.dev/paused': 'true' }));
      assert.deepEqual(noted.metadata.annotations, { 'barista.dev/paused': 'true' });
      const cleared = await patch(noted, annotationsPatch(noted, { 'barista.dev/paused': undefined }));
      assert.deepEqual(cleared.metadata.annotations ?? {}, {});
    });

    it('replaces an object under its version, and refuses under an older one', async () => {
      const created = await create();
      const body = { ...created, spec: { menu: 'new' } };
      const replaced = await harness.api.replace(harness.kind, keyOf(created), body);
      assert.deepEqual(replaced.spec, { menu: 'new' });
      await assertFails(harness.api.replace(harness.kind, keyOf(created), body), 'conflict', 409);
    });

    it('keeps a deleted object while a finalizer holds it, and lets it go with the last one', async () => {
      const created = await create({}, { finalizers: [finalizer] });
      await harness.remove(harness.kind, keyOf(created));
      const held = await get(created);
      assert.match(held.metadata.deletionTimestamp ?? '', /Z$/);
      assert.equal(held.metadata.generation, 2);
      const status = await harness.api.patchStatus(harness.kind, keyOf(held), statusPatch(held, { left: 3 }));
      assert.deepEqual(status.status, { left: 3 });
      await assertFails(patch(status, addFinalizerPatch(status, 'other.dev/more')), 'invalid', 422);
      await patch(status, removeFinalizerPatch(status, finalizer));
      assert.equal(await harness.api.get(harness.kind, keyOf(created)), undefined);
    });

    it('deletes at once what no finalizer holds; its successor has another uid', async () => {
      const created = await create();
      await harness.remove(harness.kind, keyOf(created));
      assert.equal(await harness.api.get(harness.kind, keyOf(created)), undefined);
      const successor = await create({}, { name: created.metadata.name });
      assert.notEqual(successor.metadata.uid, created.metadata.uid);
    });

    it('has kinds without a status subresource', async () => {
      names += 1;
      const body = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `map-${names}` },
        data: { a: 'b' },
      };
      const map = await harness.api.create(configMaps, harness.namespace, body);
      assert.equal(map.metadata.generation, undefined);
      await assertFails(harness.api.patchStatus(configMaps, keyOf(map), { status: {} }), 'notFound', 404);
      const { items } = await harness.api.list(
        { kind: configMaps, namespace: harness.namespace },
        {},
        signal,
      );
      const listed = items.find((item) => item.metadata.name === map.metadata.name);
      assert.deepEqual(
        { kind: listed?.kind, apiVersion: listed?.apiVersion },
        { kind: 'ConfigMap', apiVersion: 'v1' },
      );
    });

    it('cancels a call', async () => {
      const abort = new AbortController();
      abort.abort();
      const key = { namespace: harness.namespace, name: 'x' };
      assert.equal((await errorOf(harness.api.get(harness.kind, key, abort.signal))).kind, 'transient');
    });

    describe('listing and watching', () => {
      const labelled = (shop: string): Scope => ({
        kind: harness.kind,
        namespace: harness.namespace,
        labelSelector: `shop=${shop}`,
      });

      it('lists in pages that show one state, in the order of the names', async () => {
        const shop = 'pages';
        const labels = { shop };
        for (const name of ['p1', 'p2', 'p3', 'p4', 'p5']) await create({}, { name, labels });
        const first = await harness.api.list(labelled(shop), { limit: 2 }, signal);
        assert.ok(first.continue !== undefined);
        const second = await harness.api.list(labelled(shop), { limit: 2, continue: first.continue }, signal);
        assert.equal(second.resourceVersion, first.resourceVersion);
        assert.deepEqual(
          [...first.items, ...second.items].map((item) => item.metadata.name),
          ['p1', 'p2', 'p3', 'p4'],
        );
        const all = await listAll(harness.api, labelled(shop), 2, signal);
        assert.equal(all.items.length, 5);
      });

      it('tells a watch what happens after its version, in order', async () => {
        const shop = 'watch';
        const labels = { shop };
        const { resourceVersion } = await harness.api.list(labelled(shop), {}, signal);
        const early = await create({}, { name: 'early', labels });
        const watching = new Watching(harness.api, labelled(shop), resourceVersion);
        assert.deepEqual(await watching.next(1), ['changed early']);
        await patch(early, { spec: { cups: 5 } });
        await create({}, { name: 'unlabelled' });
        await create({}, { name: 'late', labels });
        await harness.remove(harness.kind, keyOf(early));
        assert.deepEqual(await watching.next(3), ['changed early', 'changed late', 'deleted early']);
        await watching.stop();
      });

      it('tells a watch of an object that leaves its selection as of one that is gone', async () => {
        const shop = 'leaver';
        const leaver = await create({}, { name: 'leaver', labels: { shop } });
        const watching = new Watching(harness.api, labelled(shop), versionOf(leaver));
        await patch(leaver, { metadata: { labels: { shop: null } } });
        assert.deepEqual(await watching.next(1), ['deleted leaver']);
        await watching.stop();
      });

      it('selects by name', async () => {
        const { metadata } = await create();
        await create();
        const fieldSelector = `metadata.name=${metadata.name}`;
        const scope = { kind: harness.kind, namespace: harness.namespace, fieldSelector };
        const { items } = await harness.api.list(scope, {}, signal);
        assert.deepEqual(
          items.map((item) => item.metadata.name),
          [metadata.name],
        );
      });

      it('ends a watch that is cancelled', async () => {
        const { resourceVersion } = await harness.api.list(labelled('none'), {}, signal);
        const abort = new AbortController();
        const request = { resourceVersion, timeoutSeconds: 60, inactivityMs: 30_000 };
        const batches = harness.api.watch(labelled('none'), request, abort.signal)[Symbol.asyncIterator]();
        assert.deepEqual((await batches.next()).value, []);
        const next = errorOf(batches.next());
        abort.abort();
        assert.equal((await next).kind, 'transient');
      });
    });
  });
}
