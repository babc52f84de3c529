/** The line to SCDF. */
import type { Faults } from './fault-book.ts';
import type { Arrival, Exchange } from './line.ts';
import type { On, What } from './plan.ts';
import { treat } from './treat.ts';
import type { Witness, Writer } from './witness.ts';

export interface DataflowSide {
  readonly writer: Writer;
  readonly book: Faults;
  readonly witness: Witness;
  crash(): void;
  act(what: What): Promise<void>;
}

export function serveDataflow(exchange: Exchange, side: DataflowSide): Promise<void> {
  const { arrival } = exchange;
  const { book, witness, writer } = side;
  const on: On[] = [arrival.method === 'GET' ? 'read' : 'write', 'any'];
  const looked = definitionOf(arrival);
  if (looked !== undefined) {
    writer.lookedBefore.set(looked, writer.lookedAt.get(looked) ?? 0);
    writer.lookedAt.set(looked, performance.now());
  }
  const { what } = book.take('dataflow', on) ?? {};
  return treat(exchange, what, {
    side: 'dataflow',
    crash: () => side.crash(),
    act: (it) => side.act(it),
    leaves: () => (arrival.method === 'GET' ? () => undefined : witness.dataflowWrite(writer, arrival)),
  });
}

/** The first that is asked of a stream in each turn. */
function definitionOf({ method, path }: Arrival): string | undefined {
  return method === 'GET' ? /^\/streams\/definitions\/([^/?]+)/.exec(path)?.[1] : undefined;
}
