import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from '../arguments.ts';
import { CliError } from '../errors.ts';
import { table } from '../table.ts';
import { FakeWorld, podList, recipe } from '../world.fixtures.ts';
import { age, clip, render } from './render.ts';
import type { Tree } from './tree.ts';

const pods = podList(
  ['bar-pipeline', 'bar-pipeline-barista-app-v12-6c9d7cbb45-x2x9p'],
  [
    'hot-drink-pipeline',
    'hot-drink-pipeline-log-v1-5d6f7-abcde',
    { waiting: 'CrashLoopBackOff', restarts: 7 },
  ],
);

/** A worker that serves 12 drinks a second. */
function metrics(): () => string {
  let hot = 100;
  return () => {
    hot += 12;
    return [
      'barista_drinks_served_total{drink="hot"} ' + String(hot),
      'barista_drinks_served_total{drink="cold"} 50',
      'kafka_consumer_records_lag{topic="orders",partition="0"} 3',
      'kafka_consumer_records_lag{topic="orders",partition="1"} 4',
    ].join('\n');
  };
}

async function shown(world: FakeWorld, ...words: readonly string[]): Promise<string> {
  const entry = table['tree']!;
  assert.equal(await entry.run(parse(words, entry), world), 0);
  return world.written;
}

describe('kubectl barista tree', () => {
  it('shows streams and pods, what is served and what waits, on 80 columns', async () => {
    const world = new FakeWorld([
      [/^get baristapipelines\.barista\.dev recipe /, recipe()],
      [/^get pods --all-namespaces --selector spring-group-id in \(hot-drink-pipeline, /, pods],
      [/^get --raw .*pods\/bar-pipeline-barista-app-v12-6c9d7cbb45-x2x9p:8080/, metrics()],
    ]);
    const text = await shown(world, 'recipe');
    assert.equal(
      text,
      [
        'cafe/recipe  Ready  StreamsReady  4/4 streams',
        '  4 streams are deployed and ready.',
        '├─ hot-drink-pipeline   deployed  1/1 up  log-sink-kafka:5.1.1',
        '│  └─ hot-drink-pipeline-log-v1-5d6f7-abcde  CrashLoopBackOff  7 restarts  3h',
        '├─ cold-drink-pipeline  deployed  1/1 up  log-sink-kafka:5.1.1',
        '├─ bar-pipeline         deployed  1/1 up  worker:dev  12.0 drinks/s  7 waiting',
        '│  └─ bar-pipeline-barista-app-v12-6c9d7cbb45-x2x9p  Running  3h',
        '└─ orders-pipeline      deployed  1/1 up  time-source-kafka:5.1.1',
        '',
      ].join('\n'),
    );
  });

  it('is the same for a program with -o json', async () => {
    const world = new FakeWorld([
      [/^get baristapipelines/, recipe()],
      [/^get pods/, pods],
      [/^get --raw/, metrics()],
    ]);
    const found = JSON.parse(await shown(world, 'recipe', '-o', 'json')) as Tree;
    assert.deepEqual([found.name, found.ready, found.streams.length], ['recipe', 'True', 4]);
    const bar = found.streams.find(({ role }) => role === 'bar');
    assert.deepEqual([bar?.drinksPerSecond, bar?.ordersWaiting], [12, 7]);
  });

  it('shows the pods of the own namespace to those who may not see the others, and no rates to those who may not ask pods', async () => {
    const world = new FakeWorld([
      [/^get baristapipelines/, recipe()],
      [
        /^get pods --all-namespaces/,
        () => {
          throw new CliError('Error from server (Forbidden): pods is forbidden');
        },
      ],
      [/^get pods --selector/, pods],
    ]);
    const text = await shown(world, 'recipe');
    assert.match(text, /bar-pipeline-barista-app-v12/);
    assert.doesNotMatch(text, /drinks\/s/);
  });

  it('says of a change that nobody has seen that nobody has seen it', async () => {
    const world = new FakeWorld([
      [/^get baristapipelines/, recipe({ observed: 2 })],
      [/^get pods/, podList()],
    ]);
    assert.match(await shown(world, 'recipe'), /^cafe\/recipe {2}Ready=Unknown {2}Unseen/);
  });

  it('shows no line longer than the terminal, however long names and messages are', () => {
    const long = 'a-stream-with-a-very-long-name-that-somebody-wanted-to-have';
    const tree: Tree = {
      namespace: 'cafe',
      name: 'recipe',
      ready: 'False',
      reason: 'StreamsFailed',
      message: 'one word after the other '.repeat(12),
      streamsReady: '0/1',
      paused: true,
      streams: [
        {
          name: long,
          role: 'bar',
          state: 'failed',
          instances: '0/3',
          image: 'worker:a-tag-that-is-long-as-well-and-does-not-end',
          message: 'the image cannot be pulled from where it should be '.repeat(3),
          drinksPerSecond: 1,
          ordersWaiting: 1_000_000,
          pods: [
            {
              name: `${long}-barista-app-v1-6c9d7cbb45-x2x9p`,
              namespace: 'streams',
              status: 'CreateContainerConfigError',
              ready: false,
              restarts: 10,
              ageSeconds: 90_000,
            },
          ],
        },
      ],
    };
    for (const columns of [80, 100]) {
      const lines = render(tree, { columns, color: false }).split('\n');
      assert.deepEqual(
        lines.filter((line) => line.length > columns),
        [],
      );
      assert.match(lines.join('\n'), /…/);
    }
    assert.ok(render(tree, { columns: 80, color: true }).includes('\u001b[31mReady=False'));
  });
});

describe('kubectl barista tree -w', () => {
  class Ended extends Error {}

  /** The answers of the cluster look by look; undefined: it does not answer. */
  async function followed(
    looks: readonly (string | undefined)[],
    setUp: (world: FakeWorld) => void,
    ...words: readonly string[]
  ): Promise<string[]> {
    let look = -1;
    const world = new FakeWorld([
      [
        /^get baristapipelines/,
        () => {
          look += 1;
          if (look >= looks.length) throw new Ended();
          const answer = looks[look];
          if (answer === undefined) throw new CliError('Unable to connect to the server: refused\nand more');
          return answer;
        },
      ],
      [/^get pods/, podList()],
    ]);
    setUp(world);
    const written: string[] = [];
    world.write = (text) => void written.push(text);
    const entry = table['tree']!;
    await assert.rejects(entry.run(parse(['recipe', '-w', ...words], entry), world), Ended);
    return written;
  }
  const asIs = (): void => undefined;
  const trouble = 'The cluster cannot be asked at the moment: Unable to connect to the server: refused\n';

  it('says in one line that the cluster does not answer, goes on, and shows the tree again', async () => {
    const [first, second, third, ...more] = await followed(
      [recipe(), undefined, undefined, recipe(), recipe()],
      asIs,
    );
    assert.match(first ?? '', /^cafe\/recipe {2}Ready/);
    assert.equal(second, trouble);
    assert.equal(third, first);
    assert.deepEqual(more, []);
  });

  it('keeps on a terminal what was seen last', async () => {
    const onTerminal = (world: FakeWorld): void => void (world.isTerminal = true);
    const [first = '', second] = await followed([recipe(), undefined], onTerminal);
    assert.equal(second, first + trouble);
  });

  it('says it in JSON to a program', async () => {
    const [, second = ''] = await followed([recipe(), undefined], asIs, '-o', 'json');
    assert.deepEqual(JSON.parse(second), { trouble: 'Unable to connect to the server: refused' });
  });

  it('ends when there was nothing to see from the first', async () => {
    const world = new FakeWorld([]);
    const entry = table['tree']!;
    await assert.rejects(entry.run(parse(['nobody', '-w'], entry), world), CliError);
  });
});

describe('what is shown', () => {
  it('an age, as kubectl does', () => {
    assert.deepEqual([5, 119, 120, 7_199, 7_200, 172_800].map(age), ['5s', '119s', '2m', '119m', '2h', '2d']);
  });

  it('a name without its middle, never longer than there is room', () => {
    assert.equal(clip('abcdefghij', 10), 'abcdefghij');
    assert.equal(clip('abcdefghij', 7), 'abc…hij');
    for (let room = 0; room < 12; room += 1) assert.ok(clip('abcdefghij', room).length <= room);
  });
});
