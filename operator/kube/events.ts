import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Runnable } from '../runtime/runnables.ts';
import { microTime } from './lease-record.ts';
import {
  KubeError,
  type EventInput,
  type EventRecorder,
  type KubeApi,
  type Regarding,
  type ResourceKind,
} from './port.ts';

export interface EventsOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  /** A number in [0, 1), for names that nobody else has. */
  readonly random: () => number;
  readonly log: Log;
  /** e.g. `barista.dev/operator`. */
  readonly controller: string;
  /** Which replica, e.g. the pod's name. */
  readonly instance: string;
}

const events: ResourceKind = { group: 'events.k8s.io', version: 'v1', plural: 'events' };

/** As long as the same thing happens again within this time it is one event with a count. As client-go. */
const seriesMs = 360_000;
/** A series is written at most so often: what happens a thousand times is still a few writes. */
const seriesWriteMs = 30_000;
/** Events about one object that may come in a burst, and then one more in `refillMs`: client-go's guard against floods. */
const burst = 25;
const refillMs = 300_000;
/** Objects and series that are kept in mind; the oldest goes first. */
const kept = 4_096;
/** Events that wait to be written; more are dropped. */
const longestQueue = 1_000;
/** So long an event that may wait does wait: streams that start fast are ready by then. */
const waitMs = 10_000;
/** What the API server takes. */
const longestNote = 1_024;
const longestReason = 128;

/** The same thing about the same object, one or more times. */
interface Series {
  readonly input: EventInput;
  readonly name: string;
  count: number;
  lastAt: number;
  /** The count that the API server knows; 0 before the event was created. */
  written: number;
  cancel: (() => void) | undefined;
}

/** An event that waits for the next one about its object. */
interface Held {
  readonly input: EventInput;
  readonly cancel: () => void;
}

/** A budget of events about one object. */
interface Budget {
  left: number;
  filledAt: number;
}

/**
 * Writes events in the background, one after the other. The first of its kind is written at once; the same again within
 * six minutes counts up the one that is there. A failure is logged and the event is lost, which is no error.
 */
export class KubeEventRecorder implements EventRecorder, Runnable {
  readonly name = 'events';
  readonly #options: EventsOptions;
  readonly #series = new Map<string, Series>();
  readonly #budgets = new Map<string, Budget>();
  /** By the uid of their objects. */
  readonly #held = new Map<string, Held>();
  #recorded = 0;
  #waiting = 0;
  #tail: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: EventsOptions) {
    this.#options = options;
  }

  start(): void {
    // Nothing runs before the first event.
  }

  record(given: EventInput): void {
    if (this.#stopped) return;
    const input = { ...given, regarding: referenceTo(given.regarding) };
    const { uid } = input.regarding.metadata;
    const held = this.#held.get(uid);
    const isWelcome = held !== undefined && input.type === 'Normal' && input.mayWait !== true;
    if (held !== undefined) this.#release(uid, held, isWelcome);
    if (input.mayWait === true) this.#hold(uid, input);
    else this.#record(isWelcome ? { ...input, note: `${input.note} ${held.input.note}` } : input);
  }

  #hold(uid: string, input: EventInput): void {
    const held: Held = {
      input,
      cancel: this.#options.clock.after(waitMs, () => this.#release(uid, held, false)),
    };
    this.#held.set(uid, held);
  }

  /** @param isTold another event tells of it */
  #release(uid: string, held: Held, isTold: boolean): void {
    held.cancel();
    this.#held.delete(uid);
    if (!isTold) this.#record(held.input);
  }

  #record(input: EventInput): void {
    const now = this.#options.clock.monotonic();
    const key = seriesKey(input);
    const known = this.#series.get(key);
    if (known !== undefined && now - known.lastAt < seriesMs) this.#again(known, now);
    else if (this.#mayRecord(input, now)) this.#first(key, input, now);
  }

  /** Writes the counts that are still to be written, and then nothing more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const [uid, held] of this.#held) this.#release(uid, held, false);
    for (const series of this.#series.values()) this.#writeNow(series);
    await this.#tail;
  }

  #first(key: string, input: EventInput, now: number): void {
    this.#series.get(key)?.cancel?.();
    const { clock, random } = this.#options;
    this.#recorded += 1;
    const unique = Math.floor(random() * 2 ** 16).toString(16) + this.#recorded.toString(16);
    // As kubectl and client-go name them; the name has to be a DNS subdomain of at most 253 characters.
    const name = `${input.regarding.metadata.name.slice(0, 220)}.${clock.now().toString(16)}${unique}`;
    const series: Series = { input, name, count: 1, lastAt: now, written: 0, cancel: undefined };
    this.#series.delete(key);
    this.#series.set(key, series);
    forgetOldest(this.#series)?.cancel?.();
    this.#enqueue(series);
  }

  #again(series: Series, now: number): void {
    series.count += 1;
    series.lastAt = now;
    series.cancel ??= this.#options.clock.after(seriesWriteMs, () => this.#writeNow(series));
  }

  #writeNow(series: Series): void {
    series.cancel?.();
    series.cancel = undefined;
    if (series.count > series.written) this.#enqueue(series);
  }

  #mayRecord(input: EventInput, now: number): boolean {
    const { uid } = input.regarding.metadata;
    const budget = this.#budgets.get(uid) ?? { left: burst, filledAt: now };
    const refills = Math.floor((now - budget.filledAt) / refillMs);
    budget.left = Math.min(burst, budget.left + refills);
    budget.filledAt += refills * refillMs;
    this.#budgets.delete(uid);
    this.#budgets.set(uid, budget);
    forgetOldest(this.#budgets);
    if (budget.left === 0) return false;
    budget.left -= 1;
    return true;
  }

  #enqueue(series: Series): void {
    if (this.#waiting >= longestQueue) {
      this.#options.log.debug('too many events wait, one is dropped', { event: series.input.reason });
      return;
    }
    this.#waiting += 1;
    this.#tail = this.#tail.then(async () => {
      await this.#write(series);
      this.#waiting -= 1;
    });
  }

  async #write(series: Series): Promise<void> {
    const { api, log } = this.#options;
    const { count, name, input } = series;
    const namespace = namespaceOf(input);
    if (count === series.written) return;
    try {
      if (series.written === 0) await api.create(events, namespace, this.#body(series));
      else await api.patch(events, { namespace, name }, { series: this.#seriesBody(count) });
      series.written = count;
    } catch (error) {
      const { reason: event, regarding } = input;
      const fields = { event, regarding: `${namespace}/${regarding.metadata.name}`, err: error };
      // A namespace that goes away takes no events, which is as it should be.
      const isGone = error instanceof KubeError && (error.kind === 'notFound' || error.kind === 'forbidden');
      if (isGone) log.debug('an event was not taken', fields);
      else log.warn('an event could not be written', fields);
    }
  }

  #seriesBody(count: number): unknown {
    return { count, lastObservedTime: microTime(this.#options.clock.now()) };
  }

  #body({ input, name, count }: Series): unknown {
    const { regarding, type, reason, action, note } = input;
    const { uid, resourceVersion, name: of } = regarding.metadata;
    const namespace = namespaceOf(input);
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name, namespace },
      eventTime: microTime(this.#options.clock.now()),
      reportingController: this.#options.controller,
      reportingInstance: this.#options.instance.slice(0, longestReason),
      type,
      reason: reason.slice(0, longestReason),
      action: action.slice(0, longestReason),
      note: truncate(note),
      regarding: {
        apiVersion: regarding.apiVersion,
        kind: regarding.kind,
        name: of,
        namespace: regarding.metadata.namespace,
        uid,
        resourceVersion,
      },
      ...(count > 1 ? { series: this.#seriesBody(count) } : {}),
    };
  }
}

/** What an event says of its object. The object itself is not kept in mind: thousands of them are tens of megabytes. */
function referenceTo({ apiVersion, kind, metadata }: Regarding): Regarding {
  const { namespace, name, uid, resourceVersion } = metadata;
  return {
    apiVersion,
    kind,
    metadata: { ...(namespace === undefined ? {} : { namespace }), name, uid, resourceVersion },
  };
}

/** Events about cluster-scoped objects live in `default`. */
function namespaceOf({ regarding }: EventInput): string {
  return regarding.metadata.namespace ?? 'default';
}

function seriesKey({ regarding, type, reason, action, note }: EventInput): string {
  return JSON.stringify([regarding.metadata.uid, type, reason, action, note]);
}

/** The limit is in bytes. Cut between words where there are any. */
function truncate(note: string): string {
  if (Buffer.byteLength(note) <= longestNote) return note;
  const cut = Buffer.from(note).subarray(0, longestNote - 4);
  // A character that was cut through becomes U+FFFD.
  return `${cut.toString('utf8').replace(/\uFFFD+$|[\s,;:]+\S*$/, '')} …`;
}

/** What was forgotten, if there was too much. */
function forgetOldest<T>(map: Map<string, T>): T | undefined {
  const [oldest] = map;
  if (map.size <= kept || oldest === undefined) return undefined;
  map.delete(oldest[0]);
  return oldest[1];
}
