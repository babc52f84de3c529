/** The faults of a plan that are still to come: counts the requests, and says which one goes wrong. */
import type { Fault, On, Side } from './plan.ts';

interface Armed {
  readonly fault: Fault;
  left: number;
}

/** What decides which request goes wrong. */
export interface Faults {
  /** One of these came by: what is to become of it. */
  take(side: Side, on: readonly On[]): Pick<Fault, 'what'> | undefined;
}

export class FaultBook implements Faults {
  readonly #later: Fault[];
  #armed: Armed[] = [];
  readonly fired: Fault[] = [];

  constructor(faults: readonly Fault[]) {
    this.#later = [...faults];
  }

  /** A step of the scenario begins. */
  begin(step: number): void {
    for (const fault of this.#later.filter((it) => it.step === step)) {
      this.#later.splice(this.#later.indexOf(fault), 1);
      this.#armed.push({ fault, left: fault.nth });
    }
  }

  /** From now on nothing goes wrong any more. */
  end(): void {
    this.#armed = [];
    this.#later.length = 0;
  }

  take(side: Side, on: readonly On[]): Fault | undefined {
    let hit: Armed | undefined;
    for (const armed of this.#armed) {
      if (armed.fault.side !== side || !on.includes(armed.fault.on)) continue;
      armed.left -= 1;
      if (armed.left <= 0) hit ??= armed;
    }
    if (hit === undefined) return undefined;
    this.#armed.splice(this.#armed.indexOf(hit), 1);
    this.fired.push(hit.fault);
    return hit.fault;
  }
}
