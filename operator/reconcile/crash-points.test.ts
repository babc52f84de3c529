/**
 * Crash safety, exhaustively: for every external write of every scenario the process is killed before or after it, its answer is lost, or
 * the answer is not what became of the write. The end is always that of the undisturbed run.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FINALIZER } from '../api/types.ts';
import { blowsFor, HALF, type Blow } from './blows.fixtures.ts';
import { name, scenarios, spec, type Scenario } from './scenarios.fixtures.ts';
import { unnumbered, World } from './world.fixtures.ts';

interface Played {
  readonly end: unknown;
  readonly made: readonly string[];
  readonly scdf: number;
  readonly kube: number;
}

/** Writes that a blow may cost: the one that is made again, and a status or two that tell of it and then of its end. */
const more = { scdf: 1, kube: 2 };

/** What is half done is undeployed and deployed anew, in another release; of an update SCDF says first that it makes no difference. */
const moreWhenHalf = { scdf: 3, kube: 3 };

async function prepare({ from, before }: Scenario, watched: boolean): Promise<World> {
  const world = World.make({ watched });
  if (from !== undefined) await world.apply(name, from);
  await world.live(name);
  await before?.(world);
  await world.live(name);
  return world;
}

/** The scenario on a world that is as the one given. */
async function play({ act }: Scenario, prepared: World, blow?: { at: number; blow: Blow }): Promise<Played> {
  const world = await prepared.copy();
  world.writes.strike(blow);
  await act(world);
  await world.live(name);
  assert.equal(world.writes.struck, blow !== undefined);
  const { made } = world.writes;
  return {
    end: await world.all(name),
    made: [...made],
    scdf: world.writes.count('scdf'),
    kube: world.writes.count('kube'),
  };
}

async function exhaust(scenario: Scenario, watched: boolean): Promise<string> {
  const prepared = await prepare(scenario, watched);
  const undisturbed = await play(scenario, prepared);
  let cases = 0;
  const most = { scdf: 0, kube: 0 };
  for (const [at, title] of undisturbed.made.entries()) {
    for (const blow of blowsFor(title).filter((it) => !(it === HALF && scenario.butHalf !== undefined))) {
      const what = `write ${at + 1}, ${title}: ${blow}`;
      const disturbed = await play(scenario, prepared, { at, blow });
      const half = blow === HALF;
      const seen = half ? unnumbered : (end: unknown) => end;
      assert.deepEqual(seen(disturbed.end), seen(undisturbed.end), what);
      for (const side of ['scdf', 'kube'] as const) {
        const extra = disturbed[side] - undisturbed[side];
        assert.ok(
          extra <= (half ? moreWhenHalf : more)[side],
          `${what}: ${extra} more writes: ${disturbed.made.join(', ')}`,
        );
        most[side] = Math.max(most[side], extra);
      }
      cases += 1;
    }
  }
  const { scdf, kube } = undisturbed;
  return `${cases} cases; ${scdf} + ${kube} writes to SCDF + Kubernetes, at most ${most.scdf} + ${most.kube} more`;
}

describe('whatever befalls a write, the end is the same', () => {
  for (const scenario of scenarios) {
    test(scenario.name, async (context) => context.diagnostic(await exhaust(scenario, true)));
  }
});

describe('and when the operator cannot see the workloads', () => {
  for (const scenario of scenarios.filter((it) => it.unseenToo)) {
    test(scenario.name, async (context) => context.diagnostic(await exhaust(scenario, false)));
  }
});

test('a finalizer is there before anything else is', async () => {
  const world = World.make({ watched: true });
  world.writes.strike({ at: 1, blow: 'the process is killed before it' });
  await world.apply(name, spec);
  await assert.rejects(world.turn(name));
  assert.deepEqual(world.writes.made, ['kube: finalizers']);
  assert.deepEqual((await world.object(name))?.metadata.finalizers, [FINALIZER]);
});
