/**
 * What people have in their clusters when a new CRD comes, and when an old one comes back, on the real API server. The CRDs have a group of their own here, so that neither other
 * tests nor an operator see them.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { Kubectl } from '../cluster/kubectl.ts';
import { waitFor } from '../cluster/wait.ts';
import { parseCrd, type Crd, type Schema } from './crd.ts';
import { frozen } from './frozen.ts';

interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: unknown;
}

const root = new URL('../..', import.meta.url).pathname;
const kubectl = new Kubectl({ KUBECONFIG: process.env['KUBECONFIG'] ?? '', PATH: process.env['PATH'] ?? '' });
const patience = { within: 60_000, every: 200 };
const namespace = `barista-test-upgrade-${process.pid}`;
const current = readFileSync(`${root}crds/baristapipelines.yaml`, 'utf8');

/** As an operator of any release so far writes it. */
const status = {
  observedGeneration: 1,
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'StreamsReady',
      message: '4 streams are deployed and ready.',
      observedGeneration: 1,
      lastTransitionTime: '2026-11-28T12:00:00Z',
    },
  ],
  streams: [
    {
      name: 'downtown-bar',
      role: 'bar',
      state: 'deployed',
      release: '3',
      revision: '0123456789ab',
      instances: '1/1',
      image: 'w:1',
    },
  ],
  apps: [{ type: 'app', name: 'barista-app', version: '1', uri: 'docker:w:1', registeredByPipeline: true }],
  streamsReady: '4/4',
  replicas: 1,
  selector: 'spring-group-id=downtown-bar',
};

/** The kind of a CRD in a group of its own; a new schema is told from the one before by a field more, whose name tells which it is. */
class Kind {
  readonly #group: string;
  #written = 0;

  constructor(name: string) {
    this.#group = `${name}-${process.pid}.upgrade.example`;
  }

  get resource(): string {
    return `baristapipelines.${this.#group}`;
  }

  /** Applies a CRD, and waits until the API server goes by it. */
  async install(text: string, fields: Readonly<Record<string, Schema>> = {}): Promise<void> {
    this.#written += 1;
    const mark = `mark${this.#written}`;
    const marked = { ...fields, [mark]: { type: 'string', description: 'Of this test.' } };
    const crd = this.#moved(parseCrd(text), marked);
    await kubectl.run(['apply', '--server-side', '--force-conflicts', '-f', '-'], JSON.stringify(crd));
    const probe = this.#of({
      kind: 'BaristaPipeline',
      metadata: { name: 'probe' },
      spec: { topics: { orders: 'a', hotDrinks: 'b', coldDrinks: 'c' }, [mark]: 'x' },
    });
    const isKnown = async () => {
      const { code, tail } = await kubectl.attempt(
        ['create', '-n', namespace, '--dry-run=server', '--validate=strict', '-f', '-'],
        JSON.stringify(probe),
      );
      if (code !== 0) throw new Error(tail);
      return true;
    };
    await waitFor('the API server to go by the CRD', isKnown, patience);
  }

  #moved(crd: Crd, fields: Readonly<Record<string, Schema>>): unknown {
    // Whoever asks for `bp` or `barista` while this runs means the real ones.
    const { shortNames, categories, ...names } = crd.spec.names;
    const versions = crd.spec.versions.map((version) => {
      const schema = version.schema.openAPIV3Schema;
      const spec = schema.properties?.['spec'];
      assert.ok(spec !== undefined);
      const wider = { ...spec, properties: { ...spec.properties, ...fields } };
      const properties = { ...schema.properties, spec: wider };
      return { ...version, schema: { openAPIV3Schema: { ...schema, properties } } };
    });
    return {
      ...crd,
      metadata: { name: this.resource },
      spec: { ...crd.spec, group: this.#group, names, versions },
    };
  }

  #of(resource: Omit<Resource, 'apiVersion'>): Resource {
    return { ...resource, apiVersion: `${this.#group}/v1alpha1` };
  }

  /** Refuses fields that the CRD does not know. */
  async apply(resource: Omit<Resource, 'apiVersion'>): Promise<void> {
    const how = ['apply', '-n', namespace, '--server-side', '--validate=strict', '-f', '-'];
    await kubectl.run(how, JSON.stringify(this.#of(resource)));
  }

  async patch(name: string, body: unknown, ...more: readonly string[]): Promise<void> {
    const how = ['--type=merge', '-p', JSON.stringify(body)];
    await kubectl.run(['patch', this.resource, name, '-n', namespace, ...how, ...more]);
  }

  async get(name: string): Promise<Resource> {
    const found = await kubectl.get(this.resource, name, '-n', namespace);
    assert.ok(found !== undefined, name);
    return found as unknown as Resource;
  }

  async remove(): Promise<void> {
    await kubectl.attempt(['delete', 'crd', this.resource, '--ignore-not-found', '--timeout=60s']);
  }
}

before(() => kubectl.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }));
after(() => kubectl.run(['delete', 'namespace', namespace, '--wait=false']));

for (const { version, crd, samples } of frozen(root)) {
  describe(`what there is since ${version}`, { concurrency: 1 }, () => {
    const kind = new Kind(`from-${version.replaceAll('.', '-')}`);
    const resources = [...samples.values()].map((text) => parse(text) as Resource);
    const stored = new Map<string, Resource>();
    before(async () => {
      await kind.install(crd);
      for (const resource of resources) {
        const { name } = resource.metadata;
        await kind.apply(resource);
        await kind.patch(name, { status }, '--subresource=status');
        stored.set(name, await kind.get(name));
      }
      await kind.install(current);
    });
    after(() => kind.remove());

    test('is some resource', () => assert.ok(resources.length >= 4));

    for (const resource of resources) {
      const { name } = resource.metadata;

      test(`${name} is whole after the upgrade`, async () => {
        const { spec, status: told } = await kind.get(name);
        assert.partialDeepStrictEqual(spec, stored.get(name)?.spec ?? {});
        assert.partialDeepStrictEqual(told, status);
      });

      test(`${name} can be changed, scaled, and told of`, async () => {
        await kind.patch(name, { metadata: { labels: { changed: 'true' } } });
        await kind.patch(name, { status: { ...status, streamsReady: '3/4' } }, '--subresource=status');
        await kubectl.run(['scale', `${kind.resource}/${name}`, '-n', namespace, '--replicas=2']);
        const { spec, metadata } = await kind.get(name);
        assert.equal(metadata.labels?.['changed'], 'true');
        assert.equal((spec['barista'] as { replicas: number }).replicas, 2);
      });

      test(`${name} can be made anew`, async () => {
        await kubectl.run(['delete', kind.resource, name, '-n', namespace]);
        await kind.apply(resource);
        assert.partialDeepStrictEqual((await kind.get(name)).spec, resource.spec);
      });
    }
  });
}

describe('a CRD that goes back a release', { concurrency: 1 }, () => {
  const kind = new Kind('back');
  const newField = { tried: { type: 'string', description: 'Of a later release.' } };
  const tried = async (name: string) => (await kind.get(name)).spec['tried'];
  before(async () => {
    await kind.install(current, newField);
    const topics = { orders: 'orders', hotDrinks: 'hot', coldDrinks: 'cold' };
    for (const name of ['written', 'left-alone'])
      await kind.apply({ kind: 'BaristaPipeline', metadata: { name }, spec: { topics, tried: 'yes' } });
  });
  after(() => kind.remove());

  test('shows nothing of a field that it does not know', async () => {
    assert.equal(await tried('written'), 'yes');
    await kind.install(current);
    assert.equal(await tried('written'), undefined);
  });

  test('loses it with the next write, and not before', async () => {
    await kind.patch('written', { metadata: { labels: { changed: 'true' } } });
    await kind.install(current, newField);
    assert.equal(await tried('written'), undefined);
    assert.equal(await tried('left-alone'), 'yes');
  });
});
