/** Time as the operator sees it. Everything but `main.ts` takes it as a parameter. */
export interface Clock {
  /** Wall clock, for what people and other programs read. Milliseconds since the epoch. */
  now(): number;
  /** Monotonic, for durations and leases: never goes back, runs on while the process is stopped. Milliseconds. */
  monotonic(): number;
  /** Calls `callback` once after `ms`; the returned function cancels it. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
