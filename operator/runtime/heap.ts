/** A binary heap: `pop` gives the element that is before all others. */
export class Heap<T> {
  readonly #elements: T[] = [];
  readonly #before: (a: T, b: T) => boolean;

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#elements.length;
  }

  /** What `pop` would give. */
  peek(): T | undefined {
    return this.#elements[0];
  }

  push(element: T): void {
    this.#elements.push(element);
    let at = this.#elements.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, parent)) return;
      at = parent;
    }
  }

  pop(): T | undefined {
    const first = this.#elements[0];
    const last = this.#elements.pop();
    if (this.#elements.length === 0 || last === undefined) return first;
    this.#elements[0] = last;
    this.#sink();
    return first;
  }

  #sink(): void {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const smaller = this.#isBefore(right, left) ? right : left;
      if (!this.#swapIfBefore(smaller, at)) return;
      at = smaller;
    }
  }

  #swapIfBefore(a: number, b: number): boolean {
    if (!this.#isBefore(a, b)) return false;
    const kept = this.#elements[a] as T;
    this.#elements[a] = this.#elements[b] as T;
    this.#elements[b] = kept;
    return true;
  }

  /** False also when there is no element `a`. */
  #isBefore(a: number, b: number): boolean {
    if (a >= this.#elements.length) return false;
    return this.#before(this.#elements[a] as T, this.#elements[b] as T);
  }
}
