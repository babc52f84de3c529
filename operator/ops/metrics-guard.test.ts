import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { MemoryAccessReviews } from '../kube/memory-access-reviews.ts';
import { FakeClock } from '../runtime/clock.fixtures.ts';
import { MemoryLog } from '../runtime/log.fixtures.ts';
import { MetricsGuard } from './metrics-guard.ts';

describe('the guard of the metrics', () => {
  const metrics = { verb: 'get', path: '/metrics' };
  let reviews: MemoryAccessReviews;
  let clock: FakeClock;
  let log: MemoryLog;
  let guard: MetricsGuard;
  let token: string;
  beforeEach(() => {
    reviews = new MemoryAccessReviews();
    clock = new FakeClock();
    log = new MemoryLog();
    guard = new MetricsGuard({ reviews, clock, log });
    token = reviews.admit({ username: 'prometheus', groups: ['watchers'] }, 'secret-canary');
    reviews.allow('watchers', metrics);
  });

  const status = async (authorization: string | undefined) =>
    (await guard.refusal(authorization))?.status ?? 200;
  const bearer = (of: string) => `Bearer ${of}`;

  it('lets in whoever may get /metrics', async () => {
    assert.equal(await status(bearer(token)), 200);
    assert.equal(await status(`bearer  ${token} `), 200);
  });

  for (const authorization of [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Basic bWU6bWU=',
    'secret-canary',
    'Bearer a b',
  ]) {
    it(`asks nobody about ${JSON.stringify(authorization)}, and says 401`, async () => {
      assert.equal(await status(authorization), 401);
      assert.deepEqual(reviews.asked, []);
    });
  }

  it('says 401 to a token that is nobody’s, and asks anew each time', async () => {
    assert.equal(await status(bearer('unknown')), 401);
    reviews.admit({ username: 'late', groups: ['watchers'] }, 'unknown');
    assert.equal(await status(bearer('unknown')), 200);
  });

  it('says 403 to somebody who may not, and whom it takes them for', async () => {
    const stranger = reviews.admit({ username: 'stranger' });
    assert.deepEqual(await guard.refusal(bearer(stranger)), {
      status: 403,
      text: 'Authorization denied for user stranger: give it a ClusterRole that may get the non-resource URL /metrics.',
    });
  });

  it('asks for a token again after a minute, and for a right after five', async () => {
    for (const [pause, expected] of [
      [0, ['token secret-canary', 'get /metrics for prometheus']],
      [59_999, []],
      [1, ['token secret-canary']],
      [60_000, ['token secret-canary']],
      [180_000, ['token secret-canary', 'get /metrics for prometheus']],
    ] as const) {
      await clock.advance(pause);
      reviews.asked.length = 0;
      assert.equal(await status(bearer(token)), 200);
      assert.deepEqual(reviews.asked, expected);
    }
  });

  it('lets nobody in whose token or right was taken away, once what it knew is old', async () => {
    await status(bearer(token));
    reviews.forbid('watchers', metrics);
    await clock.advance(300_000);
    assert.equal(await status(bearer(token)), 403);
    reviews.expel(token);
    await clock.advance(60_000);
    assert.equal(await status(bearer(token)), 401);
  });

  it('keeps a no for half a minute', async () => {
    const stranger = reviews.admit({ username: 'stranger' });
    await status(bearer(stranger));
    reviews.allow('stranger', metrics);
    await clock.advance(29_999);
    assert.equal(await status(bearer(stranger)), 403);
    await clock.advance(1);
    assert.equal(await status(bearer(stranger)), 200);
  });

  it('lets nobody in when the API server does not answer, and says so once a minute', async () => {
    reviews.isAway = true;
    for (let times = 0; times < 3; times += 1) assert.equal(await status(bearer(token)), 503);
    assert.equal(log.at('warn').length, 1);
    await clock.advance(60_000);
    await status(bearer(token));
    assert.equal(log.at('warn').length, 2);
    reviews.isAway = false;
    assert.equal(await status(bearer(token)), 200);
  });

  it('goes on for those whom it knows while the API server is away, for as long as it would not ask', async () => {
    await status(bearer(token));
    reviews.isAway = true;
    await clock.advance(59_999);
    assert.equal(await status(bearer(token)), 200);
    await clock.advance(1);
    assert.equal(await status(bearer(token)), 503);
  });

  it('asks the API server so much at once, and no more, and those whom it knew are not held up by it', async () => {
    await status(bearer(token));
    await clock.advance(60_000);
    reviews.asked.length = 0;
    const flood = Array.from({ length: 100 }, (_, index) => status(bearer(`guess-${index}`)));
    assert.equal(await status(bearer(token)), 200);
    const answers = await Promise.all(flood);
    assert.equal(answers.filter((answer) => answer === 401).length, 10);
    assert.equal(answers.filter((answer) => answer === 503).length, 90);
    assert.equal(reviews.asked.length, 11);
    assert.equal(await status(bearer('guess-99')), 401);
  });

  it('logs and answers no token', async () => {
    const texts = [await guard.refusal(bearer('canary'))];
    reviews.isAway = true;
    texts.push(await guard.refusal(bearer(token)));
    assert.doesNotMatch(JSON.stringify([texts, log.lines]), /canary/);
  });
});
