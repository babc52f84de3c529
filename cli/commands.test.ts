import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { apart, commandFirst, parse } from './arguments.ts';
import { complete, scriptFor } from './completion.ts';
import { CliError } from './errors.ts';
import { help, table } from './table.ts';
import { FakeWorld, podList, recipe } from './world.fixtures.ts';

async function run(world: FakeWorld, command: string, ...words: readonly string[]): Promise<number> {
  const entry = table[command]!;
  return entry.run(parse(words, entry), world);
}

const says = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof CliError);
  assert.match(error.message, pattern);
  return true;
};

describe('kubectl barista logs', () => {
  const answers = [
    [/^get baristapipelines/, recipe()],
    [/^get pods/, podList(['bar-pipeline', 'bar-1'])],
  ] as const;

  it('asks for the pods of a role, where SCDF has put them', async () => {
    const world = new FakeWorld(answers);
    assert.equal(await run(world, 'logs', 'recipe', 'barista', '-f', '--tail=5'), 0);
    assert.deepEqual(world.passed, [
      'logs --selector spring-group-id in (bar-pipeline) --prefix --tail=5 --follow --max-log-requests=50 --namespace=streams',
    ]);
  });

  it('asks for all without a role', async () => {
    const world = new FakeWorld(answers);
    await run(world, 'logs', 'recipe');
    assert.match(
      world.passed[0] ?? '',
      /in \(hot-drink-pipeline, cold-drink-pipeline, bar-pipeline, orders-pipeline\) --prefix --tail=20 /,
    );
  });

  it('says which roles there are, and that no pod runs', async () => {
    await assert.rejects(
      run(new FakeWorld(answers), 'logs', 'recipe', 'tea'),
      says(/say customer, barista, hot or cold/),
    );
    const empty = new FakeWorld([answers[0], [/^get pods/, podList()]]);
    await assert.rejects(run(empty, 'logs', 'recipe', 'hot'), says(/No pod runs/));
  });
});

describe('kubectl barista events', () => {
  it('asks kubectl, once it is known that there is such a pipeline', async () => {
    const world = new FakeWorld([[/^get baristapipelines/, recipe()]]);
    assert.equal(await run(world, 'events', 'recipe'), 0);
    assert.deepEqual(world.passed, ['events --for=baristapipelines.barista.dev/recipe']);
    await assert.rejects(run(new FakeWorld([]), 'events', 'other'), says(/NotFound/));
  });
});

describe('what changes a pipeline', () => {
  for (const [command, call] of [
    ['pause', 'annotate baristapipelines.barista.dev recipe --overwrite barista.dev/paused=true'],
    ['resume', 'annotate baristapipelines.barista.dev recipe --overwrite barista.dev/paused-'],
    ['stop', 'patch baristapipelines.barista.dev recipe --type=merge --patch={"spec":{"state":"Stopped"}}'],
    ['start', 'patch baristapipelines.barista.dev recipe --type=merge --patch={"spec":{"state":"Running"}}'],
  ] as const)
    it(`${command} is one call of kubectl, and a sentence`, async () => {
      const world = new FakeWorld([[/./, '']]);
      assert.equal(await run(world, command, 'recipe'), 0);
      assert.deepEqual(world.asked, [call]);
      assert.match(world.written, /^Pipeline recipe .*\.\n$|^Pipeline recipe .*follows it\.\n$/);
    });

  it('reconcile waits for the look that it has asked for, and tells what came of it', async () => {
    const stamp = '2026-01-01T12:00:00.000Z';
    let looks = 0;
    const handled = (): string => {
      looks += 1;
      const pipeline = JSON.parse(recipe()) as { status: Record<string, unknown> };
      if (looks > 2) pipeline.status['lastHandledReconcileAt'] = stamp;
      return JSON.stringify(pipeline);
    };
    const world = new FakeWorld([
      [/^annotate .*reconcile-requested-at=2026-01-01T12:00:00\.000Z/, ''],
      [/^get/, handled],
    ]);
    assert.equal(await run(world, 'reconcile', 'recipe'), 0);
    assert.equal(looks, 3);
    assert.equal(world.written, 'StreamsReady: 4 streams are deployed and ready.\n');
  });

  it('reconcile tells why a look has failed, which is not done with then', async () => {
    const world = new FakeWorld([
      [/^annotate/, ''],
      [/^get/, recipe({ ready: ['Unknown', 'DataflowUnreachable', 'SCDF does not answer.'] })],
    ]);
    assert.equal(await run(world, 'reconcile', 'recipe'), 1);
    assert.equal(world.written, 'DataflowUnreachable: SCDF does not answer.\n');
  });

  it('reconcile gives up when nobody looks', async () => {
    const world = new FakeWorld([
      [/^annotate/, ''],
      [/^get/, recipe()],
    ]);
    await assert.rejects(run(world, 'reconcile', 'recipe'), says(/has not looked at recipe within a minute/));
  });
});

describe('the command line', () => {
  it('takes the flags of kubectl along, wherever they are', () => {
    const args = parse(['-n', 'cafe', 'recipe', '--context=kind'], table['pause']!);
    assert.deepEqual([args.words, args.globals], [['recipe'], ['--namespace=cafe', '--context=kind']]);
  });

  it('takes the flags of kubectl before the command as well', () => {
    const same = ['tree', '-n', 'cafe', '--context=kind', 'recipe', '-w'];
    assert.deepEqual(commandFirst(['-n', 'cafe', '--context=kind', 'tree', 'recipe', '-w']), same);
    assert.deepEqual(commandFirst(['-ncafe', 'tree', 'recipe']), ['tree', '-ncafe', 'recipe']);
    for (const args of [['tree', 'recipe'], ['--help'], ['-n'], []])
      assert.deepEqual(commandFirst(args), args);
  });

  it('says how a command is used when it is used otherwise', () => {
    assert.throws(() => parse([], table['pause']!), says(/^Usage: kubectl barista pause NAME$/));
    assert.throws(() => parse(['a', 'b'], table['pause']!), says(/^Usage/));
    assert.throws(() => parse(['a', '--force'], table['pause']!), says(/Unknown option '--force'\.\nUsage/));
  });

  it('explains every command', () => {
    for (const { usage } of Object.values(table)) assert.ok(help().includes(usage));
  });
});

describe('completion', () => {
  const completed = async (...words: readonly string[]): Promise<string[]> => {
    const world = new FakeWorld([[/^get .*jsonpath/, 'recipe downtown']]);
    await complete(words, world);
    return world.written.split('\n').filter((line) => line !== '');
  };

  it('knows commands, pipelines and roles, and says that files are of no use', async () => {
    assert.deepEqual(await completed('re'), ['resume', 'reconcile', ':4']);
    assert.deepEqual(await completed('tree', ''), ['recipe', 'downtown', ':4']);
    assert.deepEqual(await completed('tree', 'd'), ['downtown', ':4']);
    assert.deepEqual(await completed('logs', 'recipe', 'c'), ['customer', 'cold', ':4']);
    assert.deepEqual(await completed('completion', ''), ['bash', 'zsh', ':4']);
    assert.deepEqual(await completed('import', ''), [':4']);
  });

  it('asks where kubectl is told to, and knows nothing of the values of its flags', async () => {
    assert.deepEqual(apart(['tree', '-n', 'cafe', '--context=kind', 're']), {
      globals: ['--namespace=cafe', '--context=kind'],
      words: ['tree', 're'],
    });
    assert.deepEqual(apart(['tree', '-ncafe', '-w', '']), {
      globals: ['--namespace=cafe'],
      words: ['tree', '-w', ''],
    });
    assert.equal(apart(['tree', '-n', 'ca']).words, undefined);
    assert.deepEqual(apart(['tr']), { globals: [], words: ['tr'] });
    const world = new FakeWorld([]);
    await complete(undefined, world);
    assert.equal(world.written, ':4\n');
  });

  it('says nothing where the cluster does not answer', async () => {
    const world = new FakeWorld([]);
    await complete(['tree', ''], world);
    assert.equal(world.written, ':4\n');
  });

  it('has a script for two shells', () => {
    assert.match(scriptFor('bash'), /complete -F/);
    assert.match(scriptFor('zsh'), /compdef/);
    assert.throws(() => scriptFor('fish'), says(/bash\|zsh/));
  });
});
