/** What a command has of the world besides kubectl. */
import type { Kubectl } from './kubectl.ts';

export interface Terminal {
  readonly write: (text: string) => void;
  /** Characters of a line; 80 where it is not known. */
  readonly columns: number;
  readonly isTerminal: boolean;
  /** Not in a pipe, and not where NO_COLOR is set. */
  readonly color: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export interface World extends Terminal {
  readonly kubectl: Kubectl;
}
