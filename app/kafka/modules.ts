/** Puts something else in the place of a module of kafkajs. */
import type { createRequire } from 'node:module';

export type Load = ReturnType<typeof createRequire>;

/**
 * To be done before anything else loads the module, since others keep what they found in it.
 * @param name within kafkajs's sources, e.g. `consumer/runner`
 * @param make what it exports instead
 */
export function replaceModule(load: Load, name: string, make: (original: never) => unknown): void {
  const path = load.resolve(`kafkajs/src/${name}`);
  load(path);
  const loaded = load.cache[path];
  if (typeof loaded?.exports !== 'function')
    throw new Error(`kafkajs is not what its mends were written for: ${name} is no function.`);
  loaded.exports = make(loaded.exports as never);
}
