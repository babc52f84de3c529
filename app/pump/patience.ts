/** Waiting for Kafka inside a batch: with heartbeats, because kafkajs sends none by itself and a session without one ends, and not for ever. */
import { KafkaFailure } from '../kafka/port.ts';
import type { Batch } from '../kafka/port.ts';
import type { Clock } from '../ops/clock.ts';

const beatMs = 1_000;
const patienceMs = 45_000;

/**
 * Thrown out of a batch rather than tried again in it, so that everything is connected anew: what answers heartbeats but not this will not be mended by asking again.
 */
export class Unanswered extends KafkaFailure {
  constructor(what: string) {
    super('wait', `Kafka has not answered ${what} for ${patienceMs / 1_000} s`);
  }
}

export interface Patience {
  readonly clock: Clock;
  readonly batch: Pick<Batch, 'heartbeat'>;
  /** What is waited for: `a write`. */
  readonly what: string;
}

/**
 * What `work` comes to. When it fails and a heartbeat has failed before, that is why; the partition may be somebody else's by now.
 *
 * @throws Unanswered when it takes too long; `work` is left to itself then
 */
export async function patiently<T>({ clock, batch, what }: Patience, work: Promise<T>): Promise<T> {
  let lost: unknown;
  const overdue = Promise.withResolvers<never>();
  const beat = (): (() => void) =>
    clock.after(beatMs, () => {
      batch.heartbeat().catch((error: unknown) => (lost = error));
      cancelBeat = beat();
    });
  let cancelBeat = beat();
  const cancelDeadline = clock.after(patienceMs, () => overdue.reject(new Unanswered(what)));
  try {
    return await Promise.race([work, overdue.promise]);
  } catch (error) {
    if (lost !== undefined && !(error instanceof Unanswered)) throw lost as Error;
    throw error;
  } finally {
    cancelBeat();
    cancelDeadline();
  }
}

/** Resolves when `work` is over, however it ends, or after `ms`. */
export async function atMost(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<undefined>();
  const cancel = clock.after(ms, () => late.resolve(undefined));
  await Promise.race([work.catch(() => undefined), late.promise]);
  cancel();
}
