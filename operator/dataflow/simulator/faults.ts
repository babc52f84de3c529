/** What a test makes go wrong with the next request of a kind. */
import type { Operation } from './settings.ts';

export type Fault =
  /** Nothing is done; this is answered. */
  | { readonly kind: 'error'; readonly status: number; readonly body: string }
  /** It is done, and yet this is answered. */
  | { readonly kind: 'errorAfter'; readonly status: number; readonly body: string }
  /** It is done, and the connection breaks before the answer. */
  | { readonly kind: 'lostAnswer' }
  /** Nothing is done, and the connection breaks. */
  | { readonly kind: 'reset' }
  /** Nothing is done, and no answer comes. */
  | { readonly kind: 'hang' }
  /** Somebody else does something first. */
  | { readonly kind: 'meanwhile'; readonly does: () => void };

export class Faults {
  readonly #waiting: { readonly operation: Operation | 'any'; readonly fault: Fault }[] = [];

  /** For the next `times` requests of this kind, after what was said before. */
  add(operation: Operation | 'any', fault: Fault, times = 1): void {
    for (let time = 0; time < times; time += 1) this.#waiting.push({ operation, fault });
  }

  take(operation: Operation): Fault | undefined {
    const at = this.#waiting.findIndex((it) => it.operation === operation || it.operation === 'any');
    return at < 0 ? undefined : this.#waiting.splice(at, 1)[0]?.fault;
  }

  clear(): void {
    this.#waiting.length = 0;
  }
}
