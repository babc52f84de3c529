/** From whatever there is, and through whatever happens, the operator comes to the end that the spec describes, and rests there. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Life } from './happenings.fixtures.ts';
import { FINALIZER, PIPELINES, roles } from '../api/types.ts';
import { anyHappening, anySituation, anySpec, type AnySituation } from './any.fixtures.ts';
import {
  desiredFor,
  makeForeign,
  makeOurs,
  name,
  picture,
  register,
  registrations,
} from './situation.fixtures.ts';
import { World } from './world.fixtures.ts';

const key = { namespace: 'cafe', name };
/** More than enough: an upgrade that hangs is looked at each two seconds until Skipper gives it up after twenty. */
const TURNS = 40;

/** Runs more of everything, for a night: `RUNS=50`. */
const times = Number(process.env['RUNS'] ?? 1);

async function fresh(spec: unknown): Promise<World> {
  const world = World.make({ watched: true });
  await world.apply(name, spec);
  await world.live(name);
  return world;
}

async function restsFor(world: World): Promise<void> {
  const before = world.writes.made.length;
  for (let turn = 0; turn < 3; turn++) {
    await world.once(name);
    world.pass(60_000);
  }
  assert.deepEqual(world.writes.made.slice(before), [], 'it writes at rest');
}

async function findIn(world: World, situation: AnySituation): Promise<void> {
  const { spec, adopt, status } = situation;
  for (const registration of situation.registrations) await register(world, registration);
  const names = new Map(desiredFor(spec).streams.map((stream) => [stream.role, stream.name]));
  for (const role of situation.foreign) await makeForeign(world, names.get(role) ?? 'of-others');
  for (const role of roles) {
    const stream = situation.streams[role];
    if (stream.kind === 'ours') await makeOurs(world, role, stream);
  }
  await world.apply(name, spec, adopt ? { 'barista.dev/adopt': 'true' } : {});
  await world.kube.patch(PIPELINES, key, { metadata: { finalizers: [FINALIZER] } });
  if (status !== undefined) await world.kube.patchStatus(PIPELINES, key, { status });
}

describe('from any situation', () => {
  test('the pipeline becomes what its spec says, or says what is in the way, and then nothing is written', async () => {
    await fc.assert(
      fc.asyncProperty(anySituation, async (situation) => {
        const world = World.make({ watched: situation.watched });
        await findIn(world, situation);
        const foreign = () =>
          world.simulator.snapshot().streams.filter((it) => it.description === 'of somebody');
        const foreignBefore = foreign();
        const turns = await world.live(name);
        assert.ok(turns <= TURNS, `${turns} turns`);
        await restsFor(world);
        const ready = await world.ready(name);
        const wanted = new Set(desiredFor(situation.spec).streams.map((stream) => stream.name));
        const conflicts = foreignBefore.some((it) => wanted.has(it.name)) && !situation.adopt;
        if (conflicts) {
          assert.equal(ready, 'False NameConflict');
          assert.deepEqual(foreign(), foreignBefore);
          return;
        }
        assert.equal(ready, situation.spec.state === 'Stopped' ? 'True Stopped' : 'True StreamsReady');
        const made = await picture(world);
        const mine = Object.fromEntries(Object.entries(made).filter(([stream]) => wanted.has(stream)));
        assert.deepEqual(mine, await picture(await fresh(situation.spec)));
      }),
      { numRuns: 150 * times },
    );
  });
});

describe('through any life', () => {
  test('the end is that of a pipeline which was made from the last spec', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyHappening, { maxLength: 12 }),
        anySpec,
        anySpec,
        fc.boolean(),
        async (happenings, first, last, watched) => {
          const world = World.make({ watched });
          await world.apply(name, first);
          const life = new Life(world);
          for (const it of happenings) await life.happen(it);
          world.writes.strike(undefined);
          if ((await world.object(name))?.metadata.deletionTimestamp !== undefined) await world.live(name);
          await world.become(name, last);
          const turns = await world.live(name);
          assert.ok(turns <= TURNS, `${turns} turns`);
          await restsFor(world);
          const made = await fresh(last);
          assert.deepEqual(await picture(world), await picture(made));
          // What a stopped worker was deployed with last, SCDF keeps registered until it is deployed again.
          const keeps = last.state === 'Stopped' || last.barista.replicas === 0;
          const seen = (it: World) => registrations(it).filter((app) => !(keeps && app.startsWith('app')));
          assert.deepEqual(seen(world), seen(made));
          assert.equal(await world.ready(name), await made.ready(name));
        },
      ),
      { numRuns: 100 * times },
    );
  });
});
