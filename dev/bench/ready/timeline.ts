/** Where the time between `kubectl apply` and Ready goes: pure. All moments are milliseconds since the epoch. */

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface PodTimes {
  /** When the pod was first seen. */
  readonly made: number;
  /** When it was first seen to be ready. */
  readonly ready: number;
}

export interface Seen {
  /** `kubectl apply` was started. */
  readonly applied: number;
  /** `kubectl apply` had ended. */
  readonly accepted: number;
  /** The condition Ready was seen to be True. */
  readonly ready: number;
  /** Calls of the operator to SCDF. */
  readonly calls: readonly Span[];
  readonly pods: readonly PodTimes[];
}

/** Milliseconds; the parts add up to the whole. */
export interface Parts {
  readonly whole: number;
  /** At least one call to SCDF was under way. */
  readonly dataflow: number;
  /** From the last pod's creation until it was ready: image, start, probes. */
  readonly pods: number;
  /** kubectl's own run, as far as nothing else happened meanwhile. */
  readonly kubectl: number;
  /** Everything else: the operator, the API server, the controllers that make pods, and all watches. */
  readonly rest: number;
}

/**
 * Along the critical path: the pod that became ready last counts as pod time from its creation on, whatever the operator did
 * meanwhile; before and after it, every moment with a call under way is SCDF's.
 */
export function partsOf({ applied, accepted, ready, calls, pods }: Seen): Parts {
  const last = [...pods].sort((a, b) => b.ready - a.ready)[0];
  const pod = last === undefined ? { from: ready, to: ready } : { from: last.made, to: last.ready };
  const outside = [
    { from: applied, to: Math.min(pod.from, ready) },
    { from: Math.min(pod.to, ready), to: ready },
  ];
  const during = (spans: readonly Span[]) => outside.reduce((sum, part) => sum + covered(spans, part), 0);
  const dataflow = during(calls);
  const kubectl = during([...calls, { from: applied, to: accepted }]) - dataflow;
  const whole = ready - applied;
  const podTime = Math.min(pod.to, ready) - Math.min(pod.from, ready);
  return { whole, dataflow, pods: podTime, kubectl, rest: whole - dataflow - kubectl - podTime };
}

/** How much of `within` is covered by at least one of the spans. */
function covered(spans: readonly Span[], within: Span): number {
  let sum = 0;
  let reached = within.from;
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    const start = Math.max(from, reached);
    const end = Math.min(to, within.to);
    if (end > start) sum += end - start;
    reached = Math.max(reached, end);
  }
  return sum;
}
