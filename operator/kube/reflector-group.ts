import type { Runnable } from '../runtime/runnables.ts';
import type { KubeObject, ObjectKey, Store } from './port.ts';
import type { ChangeHandler, Reflector } from './reflector.ts';

/**
 * Reflectors of one kind as one store. Whoever may look into some namespaces only cannot list all of them at once: there is
 * one reflector for each. The copy is complete when the copies of all are.
 */
export class ReflectorGroup implements Store, Runnable {
  readonly name: string;
  readonly #reflectors: readonly Reflector[];

  /** @param reflectors of one kind, at least one, with scopes that have no object in common */
  constructor(reflectors: readonly [Reflector, ...Reflector[]]) {
    this.name = reflectors[0].name;
    this.#reflectors = reflectors;
  }

  onChange(handler: ChangeHandler): void {
    for (const reflector of this.#reflectors) reflector.onChange(handler);
  }

  get(key: ObjectKey): KubeObject | undefined {
    for (const reflector of this.#reflectors) {
      const found = reflector.get(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  list(): readonly KubeObject[] {
    return this.#reflectors.flatMap((reflector) => reflector.list());
  }

  get synced(): boolean {
    return this.#reflectors.every((reflector) => reflector.synced);
  }

  /** Of the first that has one. */
  problem(): string | undefined {
    return this.#reflectors.map((reflector) => reflector.problem()).find((it) => it !== undefined);
  }

  /** Begins; resolves when all first lists are complete. */
  async start(): Promise<void> {
    for (const reflector of this.#reflectors) reflector.start();
    await Promise.all(this.#reflectors.map((reflector) => reflector.whenSynced()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.stop()));
  }
}
