import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { FakeClock, turns } from '../runtime/clock.fixtures.ts';
import { MemoryLog } from '../runtime/log.fixtures.ts';
import { KubeClient } from './client.ts';
import { connectPlain, type Connection } from './connection.ts';
import type { KubeObject } from './port.ts';
import { Reflector } from './reflector.ts';
import { RestClient } from './rest.ts';
import {
  bookmark,
  event,
  failure,
  item,
  json,
  list,
  ScriptedServer,
  watch,
} from './scripted-server.fixtures.ts';
import { until } from './until.fixtures.ts';

const kind = { group: 'test.barista.dev', version: 'v1', plural: 'bars' };

/** A change as `name uid@version`. */
function text(object: KubeObject | undefined): string {
  if (object === undefined) return '-';
  const { name, uid, resourceVersion } = object.metadata;
  return `${name} ${uid}@${resourceVersion}`;
}

describe('a reflector', () => {
  let server: ScriptedServer;
  let connection: Connection;
  let clock: FakeClock;
  let log: MemoryLog;
  let reflector: Reflector;
  let changes: string[];
  let refused: string[];

  beforeEach(async () => {
    server = await ScriptedServer.start();
    connection = connectPlain(server.url);
    clock = new FakeClock();
    log = new MemoryLog();
    changes = [];
    refused = [];
    const rest = new RestClient({ connection, clock, userAgent: 'test' });
    reflector = new Reflector({
      source: new KubeClient(rest, clock),
      scope: { kind },
      clock,
      log,
      random: () => 0,
      pageSize: 2,
      metrics: {
        listed: () => undefined,
        watchStarted: () => undefined,
        watchEnded: () => undefined,
        event: () => undefined,
        refused: (what) => refused.push(what),
      },
    });
    reflector.onChange((old, now) => changes.push(`${text(old)} > ${text(now)}`));
  });
  afterEach(async () => {
    await reflector.stop();
    connection.close();
    await server.stop();
    assert.equal(clock.pending, 0, 'timers are left');
  });

  /** Waits, while time passes, until the server was asked for so many things. */
  const asked = async (...what: readonly string[]): Promise<void> => {
    await until(
      `asked for ${what.join(', ')}, but was for ${server.asked.join(', ')}`,
      () => server.asked.length >= what.length,
    );
    assert.deepEqual(server.asked, what);
  };
  /** Waits for the failure, then lets the back-off pass. */
  const failed = async (times: number): Promise<void> => {
    await until(`fail ${times} times`, () => log.at('warn').length >= times);
  };
  const retryInMs = (): number => log.at('warn').at(-1)!.fields['retryInMs'] as number;
  const changed = (count: number): Promise<true> =>
    until(`${count} changes`, () => changes.length >= count || undefined);

  it('lists in pages, is synced then, and watches from the version of the list', async () => {
    const metadata = { resourceVersion: '10', continue: 'page2' };
    server.script(
      json(200, {
        kind: 'BarList',
        metadata,
        items: [item({ name: 'a', version: 3 }), item({ name: 'b', version: 4 })],
      }),
      list(10, { name: 'c', version: 9 }),
      watch(event('ADDED', item({ name: 'd', version: 11 }))),
    );
    assert.equal(reflector.synced, false);
    assert.match(reflector.problem()!, /first list of bars is not complete/);
    reflector.start();
    await reflector.whenSynced();
    await changed(4);
    assert.deepEqual(changes, ['- > a uid-a@3', '- > b uid-b@4', '- > c uid-c@9', '- > d uid-d@11']);
    assert.equal(text(reflector.get({ namespace: 'test', name: 'd' })), 'd uid-d@11');
    assert.equal(reflector.list().length, 4);
    assert.equal(reflector.problem(), undefined);
    const [first, second, watching] = server.seen.map(({ url }) => Object.fromEntries(url.searchParams));
    assert.deepEqual(first, { limit: '2' });
    assert.deepEqual(second, { limit: '2', continue: 'page2' });
    assert.deepEqual(watching, {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '10',
      timeoutSeconds: '300',
    });
  });

  it('asks for everything at once when the pages are forgotten before the last one', async () => {
    const metadata = { resourceVersion: '10', continue: 'page2' };
    server.script(
      json(200, { kind: 'BarList', metadata, items: [item({ name: 'gone', version: 3 })] }),
      failure(410, 'the provided continue parameter is too old'),
      list(12, { name: 'a', version: 11 }),
      watch(''),
    );
    reflector.start();
    await asked('list', 'list', 'list', 'watch 12');
    assert.deepEqual(changes, ['- > a uid-a@11']);
    assert.equal(server.seen[2]!.url.search, '');
  });

  it('takes changes, deletions, and an object that was made anew under its name', async () => {
    server.script(
      list(1, { name: 'a', version: 1 }, { name: 'b', version: 1 }),
      watch(
        event('MODIFIED', item({ name: 'a', version: 2 })) +
          event('DELETED', item({ name: 'b', version: 3 })) +
          event('MODIFIED', item({ name: 'a', version: 4, uid: 'another' })),
      ),
    );
    reflector.start();
    await changed(6);
    assert.deepEqual(changes.slice(2), [
      'a uid-a@1 > a uid-a@2',
      'b uid-b@1 > -',
      'a uid-a@2 > -',
      '- > a another@4',
    ]);
  });

  it('goes on at once from the last event when the server ends the watch after its time', async () => {
    let end = (): void => undefined;
    server.script(
      list(1),
      (response, request) => {
        watch(event('ADDED', item({ name: 'a', version: 5 })))(response, request);
        end = () => response.end();
      },
      watch(''),
    );
    reflector.start();
    await changed(1);
    await clock.advance(5_000);
    end();
    await asked('list', 'watch 1', 'watch 5');
    assert.deepEqual(log.at('warn'), []);
  });

  it('goes on from the last bookmark after a reset, after a back-off', async () => {
    server.script(
      list(1),
      watch(event('ADDED', item({ name: 'a', version: 5 })) + bookmark(9), 'reset'),
      watch(''),
    );
    reflector.start();
    await failed(1);
    await clock.advance(799);
    await asked('list', 'watch 1');
    assert.match(reflector.problem()!, /lost the watch of bars/);
    await clock.advance(1);
    await asked('list', 'watch 1', 'watch 9');
    await until('recover', () => reflector.problem() === undefined);
    assert.equal(reflector.synced, true);
  });

  it('replaces a watch that is silent for 75 s, half-open as it may be, without ado', async () => {
    server.script(list(1), watch(bookmark(2)), watch(''));
    reflector.start();
    await asked('list', 'watch 1');
    await until('the watchdog is all that waits', () => turns().then(() => clock.pending === 1));
    await clock.advance(74_999);
    await asked('list', 'watch 1');
    await clock.advance(1);
    await asked('list', 'watch 1', 'watch 2');
    assert.deepEqual(log.at('warn'), []);
  });

  it('notices soon that the server behind a half-open watch is gone', async () => {
    server.script(list(1), watch(''));
    reflector.start();
    await asked('list', 'watch 1');
    await until('the watchdog is all that waits', () => turns().then(() => clock.pending === 1));
    await clock.advance(75_000);
    await asked('list', 'watch 1', 'watch 1');
    await clock.advance(30_000);
    await failed(1);
    assert.match(reflector.problem()!, /no answer from the API server: it took longer than 30 s/);
  });

  it('lists again at 410, and tells what happened meanwhile', async () => {
    server.script(
      list(1, { name: 'a', version: 1 }, { name: 'b', version: 1 }, { name: 'c', version: 1 }),
      failure(410, 'too old resource version'),
      list(
        9,
        { name: 'a', version: 1 },
        { name: 'b', version: 7, uid: 'another' },
        { name: 'd', version: 8 },
      ),
      watch(''),
    );
    reflector.start();
    await failed(1);
    await clock.advance(800);
    await asked('list', 'watch 1', 'list', 'watch 9');
    assert.deepEqual(changes.slice(3), [
      'c uid-c@1 > -',
      'b uid-b@1 > -',
      '- > b another@7',
      '- > d uid-d@8',
    ]);
  });

  it('lists again at an error event with code 410', async () => {
    const status = { kind: 'Status', code: 410, message: 'too old resource version: 1 (9)' };
    server.script(list(1), watch(event('ERROR', status)), list(9), watch(''));
    reflector.start();
    await failed(1);
    await clock.advance(800);
    await asked('list', 'watch 1', 'list', 'watch 9');
  });

  it('goes on from where it was at an error event with another code', async () => {
    const status = { kind: 'Status', code: 500, message: 'etcdserver: no leader' };
    server.script(
      list(1),
      watch(event('ADDED', item({ name: 'a', version: 3 })) + event('ERROR', status)),
      watch(''),
    );
    reflector.start();
    await failed(1);
    await clock.advance(800);
    await asked('list', 'watch 1', 'watch 3');
  });

  for (const [what, answer] of [
    ['a 429 with Retry-After', failure(429, 'too many requests', { 'Retry-After': '7' })],
    ['a 503 with Retry-After', failure(503, 'shutting down', { 'Retry-After': '7' })],
  ] as const) {
    it(`comes back after ${what} when the server said, to the list as to the watch`, async () => {
      server.script(answer, list(1), answer, watch(''));
      reflector.start();
      await failed(1);
      await clock.advance(6_999);
      await asked('list');
      await clock.advance(1);
      await failed(2);
      await clock.advance(6_999);
      await asked('list', 'list', 'watch 1');
      await clock.advance(1);
      await asked('list', 'list', 'watch 1', 'watch 1');
    });
  }

  it('waits longer with each failure, up to 30 s, and never stops trying', async () => {
    const down = failure(500, 'etcd is down');
    server.script(...Array.from({ length: 8 }, () => down), list(1), watch(''));
    reflector.start();
    const waits: number[] = [];
    for (let times = 1; times <= 8; times += 1) {
      await failed(times);
      waits.push(retryInMs());
      await clock.advance(retryInMs());
    }
    assert.deepEqual(waits, [800, 1_600, 3_200, 6_400, 12_800, 15_000, 15_000, 15_000]);
    await reflector.whenSynced();
    assert.equal(log.at('info').at(-1)?.message, 'the API server answers again');
  });

  it('drops events that go back in time or come twice', async () => {
    server.script(
      list(10, { name: 'a', version: 9 }),
      watch(
        event('MODIFIED', item({ name: 'a', version: 12 })) +
          event('MODIFIED', item({ name: 'a', version: 12 })) +
          event('MODIFIED', item({ name: 'a', version: 11 })) +
          event('DELETED', item({ name: 'a', version: 8 })) +
          bookmark(7) +
          event('ADDED', item({ name: 'b', version: 13 })),
      ),
    );
    reflector.start();
    await changed(3);
    assert.deepEqual(changes, ['- > a uid-a@9', 'a uid-a@9 > a uid-a@12', '- > b uid-b@13']);
    assert.deepEqual(refused, ['event', 'event', 'event', 'event']);
  });

  it('refuses a list from the past for 5 min, then takes it, since a backup was restored', async () => {
    const past = list(5);
    const answers = Array.from({ length: 40 }, () => past);
    server.script(list(10, { name: 'a', version: 9 }), failure(410, 'compacted'), ...answers);
    reflector.start();
    await failed(1);
    await clock.advance(retryInMs());
    await failed(2);
    assert.match(reflector.problem()!, /older state \(5\) than before \(10\): refused/);
    const refusedAt = clock.monotonic();
    for (let times = 3; changes.length === 1; times += 1) {
      await clock.advance(retryInMs());
      await until('fail again, or take it', () => log.at('warn').length >= times || changes.length > 1);
    }
    assert.ok(clock.monotonic() - refusedAt >= 300_000);
    assert.deepEqual(changes.slice(1), ['a uid-a@9 > -']);
    assert.match(log.at('error')[0]!.message, /gone back in time/);
  });

  for (const [what, text] of [
    ['a line that is not JSON', '{"type":"ADDED","object":{"meta\n'],
    ['an event without an object', '{"type":"ADDED"}\n'],
    ['an event of an unknown type', '{"type":"SURPRISE","object":{}}\n'],
    ['a line that is no event at all', '[1,2,3]\n'],
  ] as const) {
    it(`lists again after ${what}, because something may have been missed`, async () => {
      const good = event('ADDED', item({ name: 'a', version: 2 }));
      server.script(list(1), watch(good + text + good), list(9, { name: 'a', version: 2 }), watch(''));
      reflector.start();
      await failed(1);
      await clock.advance(800);
      await asked('list', 'watch 1', 'list', 'watch 9');
      assert.deepEqual(changes, ['- > a uid-a@2']);
    });
  }

  it('goes on from the last whole event when the watch ends in the middle of one', async () => {
    const whole = event('ADDED', item({ name: 'a', version: 2 }));
    const half = event('ADDED', item({ name: 'b', version: 3 })).slice(0, 40);
    server.script(
      list(1),
      watch(whole + half, 'end'),
      watch(event('ADDED', item({ name: 'b', version: 3 }))),
    );
    reflector.start();
    await failed(1);
    await clock.advance(800);
    await changed(2);
    assert.match(String(log.at('warn')[0]!.fields['err']), /ended in the middle of an event/);
    assert.deepEqual(server.asked, ['list', 'watch 1', 'watch 2']);
    assert.deepEqual(changes, ['- > a uid-a@2', '- > b uid-b@3']);
  });

  it('puts together events that come in pieces, characters cut through included', async () => {
    const bytes = Buffer.from(
      event('ADDED', { ...item({ name: 'a', version: 2 }), spec: { menu: 'Café ☕' } }),
    );
    server.script(list(1), (response) => {
      response.writeHead(200);
      const send = (at: number): void => {
        if (at >= bytes.length) return;
        response.write(bytes.subarray(at, at + 1));
        setImmediate(send, at + 1);
      };
      send(0);
    });
    reflector.start();
    await changed(1);
    assert.deepEqual(reflector.get({ namespace: 'test', name: 'a' })?.spec, { menu: 'Café ☕' });
  });

  it('tells the other handlers when one throws, and goes on', async () => {
    reflector.onChange(() => {
      throw new Error('a bug');
    });
    const later: string[] = [];
    reflector.onChange((_, now) => later.push(text(now)));
    server.script(list(1, { name: 'a', version: 1 }), watch(event('ADDED', item({ name: 'b', version: 2 }))));
    reflector.start();
    await until('both', () => later.length === 2);
    assert.equal(log.at('error').length, 2);
  });

  it('stops while it waits, lists or watches, and then asks for nothing more', async () => {
    server.script(failure(500, 'down'));
    reflector.start();
    await failed(1);
    await reflector.stop();
    await clock.advance(60_000);
    await asked('list');
  });
});
