import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aConfig } from '../pump/pump.fixtures.ts';
import { FakeClock } from './clock.fixtures.ts';
import { createJournal, createLogger, toText } from './logger.ts';
import type { Journal } from './logger.ts';

function journal(): { lines: Record<string, unknown>[]; clock: FakeClock; journal: Journal } {
  const lines: Record<string, unknown>[] = [];
  const clock = new FakeClock();
  const config = aConfig({ log: { level: 'info', format: 'json' } });
  const log = createLogger(config, {
    write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  return { lines, clock, journal: createJournal(log, clock) };
}

describe('createLogger', () => {
  it('writes text for eyes when told', () => {
    const lines: string[] = [];
    const config = aConfig({ log: { level: 'info', format: 'text' } });
    createLogger(config, { write: (line) => lines.push(line) }).info(
      { topic: 'orders', why: 'two words' },
      'A message',
    );
    assert.match(
      lines.join(''),
      /^\S+Z INFO {2}A message stream=bar app=barista-app topic=orders why="two words"\n$/,
    );
  });

  it('quotes what would not be clear otherwise', () => {
    assert.equal(
      toText('{"time":"T","level":"warn","msg":"M","list":[1],"text":"a=b","none":null}'),
      'T WARN  M list=[1] text="a=b" none=null\n',
    );
  });
});

describe('createJournal', () => {
  it('has constant messages, with what varies in fields', () => {
    const { lines, journal: found } = journal();
    found.record({ type: 'held', topic: 'orders', partition: 2, offset: '5', why: 'no digit', retry: false });
    found.record({ type: 'topic-created', topic: 'hot' });
    found.record({ type: 'beat' });
    assert.deepEqual(
      lines.map(({ level, msg, topic, offset }) => [level, msg, topic, offset]),
      [
        ['error', 'A partition is stopped', 'orders', '5'],
        ['info', 'Created a topic', 'hot', undefined],
      ],
    );
  });

  it('says a lasting trouble every ten seconds, not each time', () => {
    const { lines, clock, journal: found } = journal();
    for (let second = 0; second < 30; second += 1) {
      found.record({ type: 'waiting', why: 'ECONNREFUSED', person: false });
      found.client({ severity: 'warn', part: 'Connection', message: 'Connection error', error: undefined });
      clock.advance(1_000);
    }
    assert.equal(lines.length, 6);
    assert.equal(lines.at(-1)?.['repeated'], 9);
  });
});
