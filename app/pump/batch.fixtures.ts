/** A batch that notes what is done with it. */
import type { Batch, InRecord } from '../kafka/port.ts';

export interface Noted {
  readonly batch: Batch;
  readonly calls: string[];
}

export function records(count: number, from = 0): InRecord[] {
  return Array.from({ length: count }, (_, at) => ({
    key: null,
    value: Buffer.from(String(from + at)),
    headers: {},
    timestamp: String(from + at),
    offset: String(from + at),
  }));
}

export function aBatch(more: Partial<Batch> = {}): Noted {
  const calls: string[] = [];
  const last = more.records?.at(-1);
  const batch: Batch = {
    topic: 'orders',
    partition: 0,
    records: records(3),
    damage: undefined,
    fetchedFrom: '0',
    endOffset: '3',
    highWatermark: '3',
    generation: 1,
    isRunning: () => true,
    heartbeat: () => Promise.resolve(void calls.push('heartbeat')),
    resolve: (offset) => void calls.push(`resolve ${offset}`),
    commit: (offset) => void calls.push(`commit ${offset}`),
    settled: () => Promise.resolve(),
    pause: () => {
      calls.push('pause');
      return () => void calls.push('resume');
    },
    seek: (offset) => void calls.push(`seek ${offset}`),
    ...(last === undefined ? {} : { endOffset: String(Number(last.offset) + 1) }),
    ...more,
  };
  return { batch, calls };
}
