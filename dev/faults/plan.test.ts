import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultBook } from './fault-book.ts';
import { planOf, type Fault } from './plan.ts';

const seeds = Array.from({ length: 1000 }, (_, index) => index + 1);

test('a plan follows from its seed alone', () => {
  for (const seed of seeds) assert.deepEqual(planOf(seed), planOf(seed));
});

test('a thousand seeds are a thousand plans', () => {
  const plans = seeds.map((seed) => JSON.stringify({ ...planOf(seed), seed: 0 }));
  assert.ok(new Set(plans).size > 990, `${new Set(plans).size} of 1000 differ`);
});

test('a thousand plans have every kind of fault', () => {
  const kinds = new Set(seeds.flatMap((seed) => planOf(seed).faults.map(({ what }) => what.kind)));
  assert.equal(kinds.size, 25, [...kinds].join(' '));
});

const fault = (more: Partial<Fault>): Fault => ({
  step: 0,
  side: 'dataflow',
  on: 'write',
  nth: 2,
  what: { kind: 'reset' },
  ...more,
});

test('a fault waits for its step, and then for its request', () => {
  const book = new FaultBook([fault({ step: 1 })]);
  const write = () => book.take('dataflow', ['write', 'any'])?.what.kind;
  book.begin(0);
  assert.deepEqual([write(), write(), write()], [undefined, undefined, undefined]);
  book.begin(1);
  assert.deepEqual(
    [book.take('kube', ['write']), write(), write(), write()],
    [undefined, undefined, 'reset', undefined],
  );
});

test('of two faults for one request the other one meets the next', () => {
  const book = new FaultBook([fault({}), fault({ on: 'any', what: { kind: 'hang' } })]);
  book.begin(0);
  const any = () => book.take('dataflow', ['write', 'any'])?.what.kind;
  assert.deepEqual([any(), any(), any(), any()], [undefined, 'reset', 'hang', undefined]);
});
