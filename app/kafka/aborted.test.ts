import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { withoutAborted } from './aborted.ts';
import type { AbortedTransaction, FetchedRecord } from './aborted.ts';

/** A log that is written by hand, and what a reader of committed records should see of it. */
class Log {
  readonly records: FetchedRecord[] = [];
  readonly aborted: AbortedTransaction[] = [];
  readonly visible: string[] = [];
  private readonly open = new Map<string, string[]>();

  write(producerId: string): void {
    const offset = this.append(producerId, true, false);
    this.open.set(producerId, [...(this.open.get(producerId) ?? []), offset]);
  }

  plain(): void {
    this.visible.push(this.append('-1', false, false));
  }

  end(producerId: string, commit: boolean): void {
    const offsets = this.open.get(producerId);
    if (offsets === undefined) return;
    this.open.delete(producerId);
    this.append(producerId, true, true, commit ? 1 : 0);
    if (commit) this.visible.push(...offsets);
    // As the broker lists them: in the order in which they ended.
    else this.aborted.push({ producerId, firstOffset: offsets[0]! });
  }

  endAll(): void {
    for (const producerId of this.open.keys()) this.end(producerId, false);
  }

  private append(producerId: string, inTransaction: boolean, isControlRecord: boolean, type = 0): string {
    const offset = String(this.records.length);
    const key = isControlRecord ? Buffer.from([0, 0, 0, type]) : Buffer.alloc(4);
    this.records.push({ key, offset, isControlRecord, batchContext: { producerId, inTransaction } });
    return offset;
  }
}

function seen(
  messages: readonly FetchedRecord[],
  abortedTransactions: readonly AbortedTransaction[],
): string[] {
  return withoutAborted({ messages, abortedTransactions })
    .filter(({ isControlRecord }) => !isControlRecord)
    .map(({ offset }) => offset);
}

describe('withoutAborted', () => {
  it('hides what several producers gave up, though the list is in the order of their ends', () => {
    const log = new Log();
    for (const producer of ['a', 'b', 'c']) log.write(producer);
    for (const producer of ['c', 'b', 'a']) log.end(producer, false);
    assert.deepEqual(seen(log.records, log.aborted), []);
  });

  it('shows what a producer commits after it gave up a transaction', () => {
    const log = new Log();
    log.write('a');
    log.write('b');
    log.end('b', false);
    log.end('a', false);
    log.write('b');
    log.end('b', true);
    assert.deepEqual(seen(log.records, log.aborted), ['4']);
  });

  it('takes a record whose key looks like an abort marker for a record', () => {
    const log = new Log();
    log.write('a');
    log.write('a');
    log.end('a', false);
    assert.deepEqual(seen(log.records, log.aborted), []);
  });

  it('lets everything through when nothing was aborted', () => {
    const log = new Log();
    log.plain();
    assert.equal(withoutAborted({ messages: log.records, abortedTransactions: [] }), log.records);
    assert.equal(withoutAborted({ messages: log.records, abortedTransactions: null }), log.records);
  });

  const step = fc.record({
    producer: fc.constantFrom('1', '2', '3'),
    what: fc.constantFrom('write', 'write', 'write', 'commit', 'abort', 'plain'),
  });

  it('shows exactly what was committed, wherever the fetch begins', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(60), (steps, from) => {
        const log = new Log();
        for (const { producer, what } of steps) {
          if (what === 'write') log.write(producer);
          else if (what === 'plain') log.plain();
          else log.end(producer, what === 'commit');
        }
        log.endAll();
        const fetched = log.records.slice(from);
        // The broker lists the transactions that reach into what it returns.
        const lasts = log.aborted.filter(({ producerId, firstOffset }) => {
          const end = log.records.find(
            ({ offset, isControlRecord, batchContext }) =>
              isControlRecord &&
              batchContext.producerId === producerId &&
              Number(offset) > Number(firstOffset),
          );
          return Number(end?.offset) >= from;
        });
        const expected = log.visible.filter((offset) => Number(offset) >= from);
        assert.deepEqual(
          seen(fetched, lasts),
          expected.toSorted((a, b) => Number(a) - Number(b)),
        );
      }),
    );
  });
});
