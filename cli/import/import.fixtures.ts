/** Bars on a simulated server, made as people make them with SCDF's shell, and what import prints of them. */
import assert from 'node:assert/strict';
import { parse as parseYaml } from 'yaml';
import { aServer } from '../../operator/config/server.fixtures.ts';
import type { ServerConfig } from '../../operator/config/servers.ts';
import { HttpDataflow } from '../../operator/dataflow/http.ts';
import { WIRING } from '../../operator/desired/desired.ts';
import { World } from '../../operator/reconcile/world.fixtures.ts';
import { FakeClock } from '../../operator/runtime/clock.fixtures.ts';
import { parse } from '../arguments.ts';
import { CliError } from '../errors.ts';
import { table } from '../table.ts';
import { FakeWorld } from '../world.fixtures.ts';
import { imported } from './command.ts';

export const canary = 'canary-6b1f';
export const url = 'http://scdf';
const worker = 'docker:barista/worker:1';
export const wiring = {
  [`app.barista-app.${WIRING.orders}`]: 'orders',
  [`app.barista-app.${WIRING.hotDrinks}`]: 'hotDrinks',
  [`app.barista-app.${WIRING.coldDrinks}`]: 'coldDrinks',
};

export type Properties = Readonly<Record<string, string>>;

/** A server with the apps that the shell's user has registered. */
export async function aServerOfHand(): Promise<World> {
  const world = World.make({ watched: false });
  const register = (type: 'app' | 'source' | 'sink', name: string, version: string, uri: string) =>
    world.others.register({ type, name, version, uri, bootVersion: '3' });
  await register('app', 'barista-app', '1', worker);
  await register('source', 'time', '5.1.1', 'docker:springcloudstream/time-source-kafka:5.1.1');
  await register('sink', 'log', '5.1.1', 'docker:springcloudstream/log-sink-kafka:5.1.1');
  return world;
}

/** As the recipe has it, by the shell. */
export async function make(
  world: World,
  name: string,
  definition: string,
  properties: Properties | undefined = {},
): Promise<void> {
  await world.others.create({ name, definition, description: '' });
  const platform = { 'spring.cloud.dataflow.skipper.platformName': 'default' };
  await world.others.deploy(name, { ...platform, ...properties });
}

export async function recipeByHand(bar: Properties = {}, customer: Properties = {}): Promise<World> {
  const world = await aServerOfHand();
  await make(world, 'hot-drink-pipeline', ':hotDrinks > hot-drink-log: log');
  await make(world, 'cold-drink-pipeline', ':coldDrinks > cold-drink-log: log');
  await make(world, 'bar-pipeline', 'barista-app', { ...wiring, ...bar });
  await make(world, 'orders-pipeline', 'customer: time > :orders', customer);
  world.pass(10_000);
  return world;
}

export interface Where {
  readonly words?: readonly string[];
  readonly instance?: string | undefined;
  readonly config?: ServerConfig | undefined;
  readonly kubectl?: FakeWorld;
}

export async function printed(
  world: World,
  { words = [], instance = 'cluster-1', config = aServer(url), kubectl }: Where = {},
): Promise<string> {
  return imported(new HttpDataflow(world.transport), {
    args: parse(words, table['import']!),
    world: kubectl ?? new FakeWorld([]),
    sight: { instance, workerImage: 'barista/worker:1', servers: [], trouble: undefined },
    found: { url, config },
    clock: new FakeClock(Date.UTC(2026, 10, 23, 21, 1)),
  });
}

export interface Read {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Record<string, Record<string, unknown>> & { state?: string };
}

export async function resource(world: World, where?: Where): Promise<Read> {
  return parseYaml(await printed(world, where)) as Read;
}

/** Each point on one line. */
export const said = (text: string): string => text.replace(/\n# (?!-) */g, ' ');

export const fails = (world: World, pattern: RegExp, ...words: readonly string[]): Promise<void> =>
  assert.rejects(printed(world, { words }), (error: unknown) => {
    assert.ok(error instanceof CliError, String(error));
    assert.match(error.message, pattern);
    return true;
  });
