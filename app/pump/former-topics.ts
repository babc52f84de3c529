/** The group's former orders topics over the life of a worker: when to look at them, what of what is found is to be served, and when they are left. */
import type { WorkerConfig } from '../config/config.ts';
import type { Admin } from '../kafka/port.ts';
import { look, presentTopics, remaining } from './leftovers.ts';
import type { Leftover, Look } from './leftovers.ts';

/** Seconds between one look and the next; the topics are left after the last one, as soon as what it has found was served. */
const looksAfterSeconds = [10, 20, 40, 80, 160] as const;
const lastWaitSeconds = 160;

export class FormerTopics {
  private readonly group: string;
  private readonly present: ReadonlySet<string>;
  private looks = 0;
  /** What the last of the looks has found. Orders that come after it are not ours: the topic may be in use for something else. */
  private last: readonly Leftover[] | undefined;
  private over: boolean;

  constructor({ group, topics, leftovers }: WorkerConfig) {
    this.group = group;
    this.present = presentTopics(topics);
    this.over = !leftovers;
  }

  /** They are not looked at any more. */
  get areLeft(): boolean {
    return this.over;
  }

  /** No later look finds more; so what is left now and cannot be served waits for a person. */
  get lastWasTaken(): boolean {
    return this.last !== undefined;
  }

  leave(): void {
    this.over = true;
  }

  secondsToNextLook(): number {
    return this.over ? Number.POSITIVE_INFINITY : (looksAfterSeconds[this.looks] ?? lastWaitSeconds);
  }

  /** What is to be served now. */
  async find(admin: Admin): Promise<Look> {
    const found = await look(admin, this.group, this.present);
    return this.last === undefined ? found : { ...found, leftovers: remaining(this.last, found.leftovers) };
  }

  /** As `find`, and counts as one of the looks. */
  async lookAgain(admin: Admin): Promise<Look> {
    const found = await this.find(admin);
    this.looks += 1;
    if (this.looks === looksAfterSeconds.length) this.last = found.leftovers;
    return found;
  }
}
