/**
 * The one place that loads kafkajs, and what is mended in it. Everything else takes kafkajs's values from here and only types from the package.
 *
 * The package is unmaintained, so its version is pinned, and checked, because this reaches into its inside:
 * - `filterAbortedMessages` loses and repeats records (see `aborted.ts`);
 * - the request queue arms a timer with a negative delay on every response of every connection, some 800 a second while idle (6 % of a core), and
 *   Node 24 warns of it (kafkajs issues 1556, 1704, 1751); it needs the timer only while requests wait to be sent;
 * - each connection looks ten times a second whether a request has timed out, which is a third of what an idle worker does;
 * - its consumer fetches and serves by turns, and one slow partition holds up the others (see `fetching.ts`);
 * - a write to several brokers may be written twice, in a transaction too (see `sending.ts`);
 * - it keeps answers in pieces until the last one is there (see `receiving.ts`);
 * - a transaction asks four times who coordinates it (see `coordinators.ts`);
 * - each part of a request has cleared memory of its own (see `encoder.ts`);
 * - of compressions it knows only gzip;
 * - one partition without a leader keeps it from all others (see `metadata.ts`).
 */
import { createRequire } from 'node:module';
import type * as KafkaJsModule from 'kafkajs';
import type { Codec } from '../config/config.ts';
import { withoutAborted } from './aborted.ts';
import { decompress } from './codec/decompress.ts';
import { FetchedBatch } from './codec/fetched-batch.ts';
import { installCodec } from './codec/install.ts';
import { installCoordinators } from './coordinators.ts';
import { installEncoder } from './encoder.ts';
import { installMetadata } from './metadata.ts';
import { replaceModule } from './modules.ts';
import { installReceiving } from './receiving.ts';
import { installFetching } from './runner.ts';
import { installSending } from './sending.ts';

const version = '2.2.4';
const load = createRequire(import.meta.url);

/** Milliseconds between two looks for requests that have timed out; they may be late by so much. */
const timeoutLookMs = 1_000;

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly enforceRequestTimeout: boolean;
  /** Milliseconds. */
  readonly requestTimeout: number;
  readonly inflight: ReadonlyMap<
    number,
    { readonly sentAt: number; readonly requestTimeout: number; readonly timeoutRequest: () => void }
  >;
  readonly isConnected: () => boolean;
  /** Clears the timers. */
  readonly destroy: () => void;
  requestTimeoutIntervalId: NodeJS.Timeout;
}

function mendAborted(): void {
  replaceModule(load, 'consumer/filterAbortedMessages', () => withoutAborted);
}

function mendTimers(now: () => number): void {
  const { prototype } = load('kafkajs/src/network/requestQueue') as {
    prototype: { scheduleCheckPendingRequests: unknown; scheduleRequestTimeoutCheck: unknown };
  };
  const original = prototype.scheduleCheckPendingRequests;
  if (typeof original !== 'function' || typeof prototype.scheduleRequestTimeoutCheck !== 'function')
    throw new Error(`kafkajs is not ${version}: its request queue has changed.`);
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) original.call(this);
  };
  prototype.scheduleRequestTimeoutCheck = function (this: RequestQueue): void {
    if (!this.enforceRequestTimeout) return;
    this.destroy();
    const everyMs = Math.min(this.requestTimeout, timeoutLookMs);
    this.requestTimeoutIntervalId = setInterval(() => endTimedOut(this, now()), everyMs);
  };
}

function endTimedOut(queue: RequestQueue, now: number): void {
  for (const request of queue.inflight.values())
    if (now - request.sentAt > request.requestTimeout) request.timeoutRequest();
  if (!queue.isConnected()) queue.destroy();
}

/** It has gzip only. What it does not have of the others is writing, which we do not need. */
function mendCompressions(): void {
  const { Codecs } = load('kafkajs/src/protocol/message/compression') as { Codecs: Record<number, unknown> };
  for (const compression of [2, 3, 4]) {
    const codec = { decompress: (bytes: Buffer) => Promise.resolve(decompress(compression, bytes)) };
    Codecs[compression] = () => codec;
  }
}

function loadMended(codec: Codec, now: () => number): typeof KafkaJsModule {
  const { version: found } = load('kafkajs/package.json') as { version: string };
  if (found !== version)
    throw new Error(`kafkajs is ${found}, but the mends in kafkajs.ts were made for ${version}.`);
  // First, since others keep what they found.
  if (codec === 'barista') installEncoder(load);
  mendAborted();
  mendTimers(now);
  installMetadata(load);
  installFetching(load);
  installSending(load);
  installCoordinators(load);
  mendCompressions();
  if (codec === 'barista') installCodec(load, now);
  // It loads what the codec has a part in.
  installReceiving(load);
  return load('kafkajs') as typeof KafkaJsModule;
}

/**
 * kafkajs, mended. It is there once in a process, and so with one codec.
 * @param now milliseconds since 1970, for records without a timestamp
 */
export function kafkaJsWith(codec: Codec, now: () => number): typeof KafkaJsModule {
  if (load.cache[load.resolve('kafkajs')] === undefined) return loadMended(codec, now);
  const isOurs = load('kafkajs/src/consumer/batch') === FetchedBatch;
  if (isOurs !== (codec === 'barista'))
    throw new Error(`kafkajs was loaded in this process with another codec than ${codec}.`);
  return load('kafkajs') as typeof KafkaJsModule;
}

export const AssignerProtocol = load(
  'kafkajs/src/consumer/assignerProtocol',
) as typeof KafkaJsModule.AssignerProtocol;
export const { LEVELS: logLevel } = load('kafkajs/src/loggers') as {
  LEVELS: typeof KafkaJsModule.logLevel;
};
