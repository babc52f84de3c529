/**
 * The one place that loads kafkajs, and what is mended in it. Everything else takes kafkajs's values from here and only types from the package.
 *
 * The package is unmaintained, so its version is pinned, and checked, because this reaches into its inside:
 * - `filterAbortedMessages` loses and repeats records (see `aborted.ts`);
 * - the request queue arms a timer with a negative delay on every response of every connection, some 800 a second while idle (6 % of a core), and
 *   Node 24 warns of it (kafkajs issues 1556, 1704, 1751); it needs the timer only while requests wait to be sent.
 */
import { createRequire } from 'node:module';
import type * as KafkaJsModule from 'kafkajs';
import { withoutAborted } from './aborted.ts';

const version = '2.2.4';
const load = createRequire(import.meta.url);

interface RequestQueue {
  readonly pending: readonly unknown[];
}

/** To be done before anything else loads the module, since others keep the function that they found in it. */
function mendAborted(): void {
  const path = load.resolve('kafkajs/src/consumer/filterAbortedMessages');
  load(path);
  const loaded = load.cache[path];
  if (typeof loaded?.exports !== 'function')
    throw new Error(`kafkajs is not ${version}: ${path} is no function.`);
  loaded.exports = withoutAborted;
}

function mendTimer(): void {
  const { prototype } = load('kafkajs/src/network/requestQueue') as {
    prototype: { scheduleCheckPendingRequests: unknown };
  };
  const original = prototype.scheduleCheckPendingRequests;
  if (typeof original !== 'function')
    throw new Error(`kafkajs is not ${version}: its request queue has changed.`);
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) original.call(this);
  };
}

function loadMended(): typeof KafkaJsModule {
  const { version: found } = load('kafkajs/package.json') as { version: string };
  if (found !== version)
    throw new Error(`kafkajs is ${found}, but the mends in kafkajs.ts were made for ${version}.`);
  mendAborted();
  mendTimer();
  return load('kafkajs') as typeof KafkaJsModule;
}

export const { AssignerProtocol, Kafka, logLevel } = loadMended();
