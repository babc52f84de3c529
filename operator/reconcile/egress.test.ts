/** Whatever a pipeline says, the operator reaches the server of its own configuration and nothing else. */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { parse } from 'yaml';
import { aPipelineObject } from '../api/pipeline.fixtures.ts';
import { PIPELINES } from '../api/types.ts';
import { parsePipeline } from '../api/validate.ts';
import { serve, type Loopback } from '../dataflow/loopback.fixtures.ts';
import { Bench } from './bench.fixtures.ts';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
}

type Path = readonly (string | number)[];

/** Every text field below a schema; one entry of each list and map. */
function* texts(at: Schema, path: Path): Generator<Path> {
  if (at.type === 'string') yield path;
  for (const [name, field] of Object.entries(at.properties ?? {})) yield* texts(field, [...path, name]);
  if (at.items !== undefined) yield* texts(at.items, [...path, 0]);
  const key = path.at(-1) === 'deployerProperties' ? 'kubernetes.canary' : 'canary';
  if (at.additionalProperties !== undefined) yield* texts(at.additionalProperties, [...path, key]);
}

/** A copy of a value in which one field is another. */
function withText(value: unknown, [key, ...rest]: Path, text: string): unknown {
  if (key === undefined) return text;
  const fields = Object(value) as Readonly<Record<string | number, unknown>>;
  const below = withText(fields[key], rest, text);
  return typeof key === 'number' ? [below] : { ...fields, [key]: below };
}

const file = new URL('../../crds/baristapipelines.yaml', import.meta.url);
const crd = parse(readFileSync(file, 'utf8')) as {
  spec: { versions: [{ schema: { openAPIV3Schema: Schema } }] };
};
const { spec: specSchema, status: statusSchema } =
  crd.spec.versions[0].schema.openAPIV3Schema.properties ?? {};
const specFields = [...texts(specSchema!, [])];
const statusFields = [...texts(statusSchema!, [])];

const topics = { orders: 'orders', hotDrinks: 'hotDrinks', coldDrinks: 'coldDrinks' };

const nameOf = (count: number) => `c${count}`;

function isValid(spec: unknown): boolean {
  return (
    'pipeline' in parsePipeline(aPipelineObject({ name: nameOf(999), spec: spec as { topics: unknown } }))
  );
}

/** Addresses that this process wants to connect to, as Node itself tells of them. */
class Watcher {
  readonly reached = new Set<string>();
  readonly #onSocket = (message: unknown): void => {
    const { socket } = message as { socket: Socket };
    socket.on('connectionAttempt', (ip: string, port: number) => this.reached.add(`${ip}:${port}`));
    socket.on('lookup', (_, __, ___, host: string) => this.reached.add(`name ${host}`));
  };
  readonly #onRequest = (message: unknown): void => {
    const { request } = message as { request: ClientRequest };
    this.reached.add(String(request.getHeader('host')));
  };

  constructor() {
    subscribe('net.client.socket', this.#onSocket);
    subscribe('http.client.request.start', this.#onRequest);
  }

  close(): void {
    unsubscribe('net.client.socket', this.#onSocket);
    unsubscribe('http.client.request.start', this.#onRequest);
  }
}

describe('a pipeline whose fields hold an address', () => {
  let bench: Bench;
  let canary: Loopback;
  let watcher: Watcher;

  beforeEach(async () => {
    canary = await serve((_, response) => response.end('{}'));
    bench = await Bench.open();
    watcher = new Watcher();
  });
  afterEach(async () => {
    watcher.close();
    canary.close();
    await bench.close();
  });

  const onlyTheServer = (): void => {
    assert.deepEqual([...watcher.reached], [bench.simulator.url.replace('http://', '')]);
    assert.equal(canary.connections(), 0);
  };

  /** The address as a URL, and in the forms that one or the other field takes. */
  const forms = (): string[] => {
    const host = canary.url.replace('http://', '');
    return [
      canary.url,
      host,
      `${host}/canary:1`,
      `docker:${host}/canary:1`,
      `${canary.url}/canary-1.jar`,
      `//${host}/`,
      `../../..@${host}`,
    ];
  };

  it('in its spec reaches only the server, field by field, to its deletion', async (context) => {
    assert.ok(specFields.length > 30, 'the fields of the CRD are found');
    const taken = new Set<string>();
    let count = 0;
    const live = async (spec: unknown): Promise<void> => {
      const name = nameOf((count += 1));
      await bench.apply(name, spec);
      await bench.settle(name);
      bench.kube.delete(PIPELINES, { namespace: 'cafe', name });
      await bench.settle(name);
    };
    for (const form of forms()) {
      // One pipeline for all the fields that take it, and one for each of the others.
      let together: unknown = { topics };
      for (const path of specFields) {
        const more = withText(together, path, form);
        if (path[0] !== 'dataflow' && isValid(more)) {
          together = more;
          taken.add(path.join('.'));
        } else await live(withText({ topics }, path, form));
      }
      await live(together);
    }
    onlyTheServer();
    assert.ok(bench.simulator.writes().some(({ content }) => JSON.stringify(content).includes(canary.url)));
    // These are for SCDF and the apps; were nothing taken, nothing were proved.
    for (const field of [
      'kafka.bootstrapServers',
      'customer.app.uri',
      'barista.image',
      'barista.properties.canary',
      'barista.deployerProperties.kubernetes.canary',
    ])
      assert.ok(taken.has(field), `${field} is not among ${[...taken].join(', ')}`);
    context.diagnostic(`${count} pipelines, ${taken.size} of ${specFields.length} fields take an address`);
  });

  it('in its status and annotations reaches only the server', async () => {
    let count = 0;
    for (const form of forms()) {
      const name = `s${(count += 1)}`;
      const annotations = Object.fromEntries(
        ['paused', 'adopt', 'reconcile-requested-at', 'canary'].map((it) => [`barista.dev/${it}`, form]),
      );
      await bench.apply(name, { topics }, annotations);
      await bench.settle(name);
      let status: unknown = await bench.status(name);
      for (const path of statusFields) status = withText(status, path, form);
      await bench.kube.patchStatus(PIPELINES, { namespace: 'cafe', name }, { status });
      for (let turn = 0; turn < 5; turn += 1) await bench.turn(name);
      bench.kube.delete(PIPELINES, { namespace: 'cafe', name });
      for (let turn = 0; turn < 5; turn += 1) await bench.turn(name);
    }
    onlyTheServer();
  });

  it('is told from one that reaches elsewhere: the watcher sees it', async () => {
    await fetch(canary.url).then((response) => response.text());
    await assert.rejects(fetch('http://canary.invalid/'));
    assert.equal(canary.connections(), 1);
    assert.ok(watcher.reached.has(canary.url.replace('http://', '')), [...watcher.reached].join());
    assert.ok(watcher.reached.has('name canary.invalid'), [...watcher.reached].join());
  });
});
