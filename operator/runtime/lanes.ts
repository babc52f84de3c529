/**
 * Who may begin a turn when there are only so many places. What waits is in lanes (one for each SCDF server): a lane may use all places but
 * a few that are kept for each other one, so that turns that hang on one server never leave the pipelines of the others without a worker.
 */
import { Heap } from './heap.ts';

export interface LanesOptions {
  /** Turns at a time. */
  readonly places: number;
  /** The lane of a key. */
  readonly laneOf: (key: string) => string;
  /** The lanes for which places are kept, also while nothing is in them. */
  readonly names: () => readonly string[];
}

export interface InLane {
  readonly lane: string;
}

/** Enough for a newcomer or two at once; so few that a single busy server hardly misses them. */
const mostKept = 4;

interface Lane<T> {
  readonly waiting: Heap<T>;
  running: number;
}

export class Lanes<T extends InLane> {
  readonly #options: Omit<LanesOptions, 'laneOf'>;
  readonly #before: (a: T, b: T) => boolean;
  readonly #lanes = new Map<string, Lane<T>>();
  #running = 0;

  constructor(before: (a: T, b: T) => boolean, options: Omit<LanesOptions, 'laneOf'>) {
    this.#before = before;
    this.#options = options;
  }

  push(entry: T): void {
    this.#lane(entry.lane).waiting.push(entry);
  }

  /** Gives a place to the first that is valid of those who may have one; `leave` gives it back. */
  enter(isValid: (entry: T) => boolean): T | undefined {
    let first: Lane<T> | undefined;
    for (const [name, lane] of this.#lanes) {
      dropInvalid(lane.waiting, isValid);
      const entry = lane.waiting.peek();
      if (entry === undefined || !this.#hasPlace(name, lane)) continue;
      const other = first?.waiting.peek();
      if (other === undefined || this.#before(entry, other)) first = lane;
    }
    if (first === undefined) return undefined;
    first.running += 1;
    this.#running += 1;
    return first.waiting.pop();
  }

  leave(name: string): void {
    const lane = this.#lane(name);
    lane.running -= 1;
    this.#running -= 1;
    // Of a server that is no longer configured nothing stays.
    if (lane.running === 0 && lane.waiting.size === 0) this.#lanes.delete(name);
  }

  #lane(name: string): Lane<T> {
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const lane = { waiting: new Heap(this.#before), running: 0 };
    this.#lanes.set(name, lane);
    return lane;
  }

  #hasPlace(name: string, { running }: Lane<T>): boolean {
    const { places, names } = this.#options;
    const free = places - this.#running;
    const others = names().filter((other) => other !== name);
    const kept = Math.min(mostKept, Math.floor(places / (others.length + 1)));
    if (free <= 0 || running < kept) return free > 0;
    const missing = (other: string) => Math.max(0, kept - (this.#lanes.get(other)?.running ?? 0));
    return free > others.reduce((sum, other) => sum + missing(other), 0);
  }
}

function dropInvalid<T>(heap: Heap<T>, isValid: (entry: T) => boolean): void {
  for (let entry = heap.peek(); entry !== undefined && !isValid(entry); entry = heap.peek()) heap.pop();
}
