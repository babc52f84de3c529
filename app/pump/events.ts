/** What the pump tells whoever counts, logs or watches. It knows none of them. */
import type { BadOrderPolicy } from '../config/config.ts';
import type { Assignment, PartitionId } from '../kafka/port.ts';
import type { BadOrderReason } from '../route/route.ts';

/** How the orders of one round were decided. */
export interface Tally {
  readonly received: number;
  readonly hot: number;
  readonly cold: number;
  readonly tombstones: number;
  readonly bad: Readonly<Record<BadOrderReason, number>>;
}

export type { PartitionId };

export type PumpEvent =
  /** Orders were decided and all that came of them was acknowledged. */
  | ({
      readonly type: 'served';
      readonly tally: Tally;
      readonly policy: BadOrderPolicy;
      readonly nullHeaders: number;
      /** From the decision to the acknowledgement. */
      readonly seconds: number;
      /** From the timestamps of some of the orders to now. */
      readonly ages: readonly number[];
      /** Orders of this partition that are still waiting. */
      readonly lag: number;
    } & PartitionId)
  | ({ readonly type: 'committed'; readonly ok: boolean } & PartitionId)
  /** Writing failed and is tried again. */
  | ({ readonly type: 'retried'; readonly error: string } & PartitionId)
  | ({ readonly type: 'aborted'; readonly error: string } & PartitionId)
  /** A partition waits; `retry` says whether it goes on by itself. */
  | ({
      readonly type: 'held';
      readonly offset: string;
      readonly why: string;
      readonly retry: boolean;
    } & PartitionId)
  | ({ readonly type: 'released' } & PartitionId)
  /** A person wants no more orders to be taken, or wants them again. */
  | { readonly type: 'paused' }
  | { readonly type: 'resumed' }
  | { readonly type: 'assigned'; readonly assignment: Assignment }
  | { readonly type: 'lag'; readonly lags: readonly (PartitionId & { readonly lag: number })[] }
  /** No broker leads these partitions of our topics: all of them, told when they change. */
  | { readonly type: 'leaderless'; readonly partitions: readonly PartitionId[] }
  /** Proof that the pump is not stuck, also while it waits. */
  | { readonly type: 'beat' }
  | { readonly type: 'connected' }
  /** Kafka cannot be used right now; `person` says that it stays so until somebody changes something. */
  | { readonly type: 'waiting'; readonly why: string; readonly person: boolean }
  /** The consumer ended by itself and is made again. */
  | { readonly type: 'restarting'; readonly why: string }
  | { readonly type: 'left' }
  /** Lag, topics or leftovers could not be looked at; the next look is soon. */
  | { readonly type: 'unwatched'; readonly why: string }
  | { readonly type: 'topic-created'; readonly topic: string }
  | {
      readonly type: 'fewer-partitions';
      readonly topic: string;
      readonly has: number;
      readonly wanted: number;
    }
  | { readonly type: 'leftovers'; readonly topics: readonly string[]; readonly orders: number }
  | { readonly type: 'leftovers-served'; readonly topics: readonly string[]; readonly complete: boolean }
  /** Orders on former topics stay there until a person does something. */
  | { readonly type: 'leftovers-stuck'; readonly why: string };

export type Report = (event: PumpEvent) => void;
