/** Follows a pipeline until it is ready: a line whenever something changes, and one now and then while nothing does. */
import type { Kubectl } from '../cluster/kubectl.ts';
import { duration } from '../stack/progress.ts';

interface Seen {
  readonly ready: boolean;
  readonly line: string;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Throws a sentence when the pipeline is not ready within `within` milliseconds. */
export async function follow(
  kubectl: Kubectl,
  namespace: string,
  name: string,
  within = 10 * 60_000,
): Promise<void> {
  const started = performance.now();
  let shown = '';
  let shownAt = 0;
  while (performance.now() - started < within) {
    const { ready, line } = await look(kubectl, namespace, name);
    const now = performance.now();
    if (line !== shown || now - shownAt > 15_000) {
      console.log(`  ${duration(now - started).padStart(8)}  ${line}`);
      shown = line;
      shownAt = now;
    }
    if (ready) return;
    await pause(500);
  }
  throw new Error(`The pipeline ${name} is not ready after ${duration(within)}: ${shown}`);
}

async function look(kubectl: Kubectl, namespace: string, name: string): Promise<Seen> {
  const bp = (await kubectl.get('-n', namespace, 'bp', name)) as Pipeline | undefined;
  const current = bp?.status?.observedGeneration === bp?.metadata.generation;
  const ready = bp?.status?.conditions?.find((condition) => condition.type === 'Ready');
  if (!current || ready === undefined) return { ready: false, line: 'the operator has not looked at it yet' };
  return { ready: ready.status === 'True', line: shortened(`${ready.reason}: ${ready.message}`) };
}

/** Fits two lines of a terminal; the whole is in `kubectl describe`. */
function shortened(text: string): string {
  return text.length <= 150 ? text : `${text.slice(0, 149)}…`;
}

interface Pipeline {
  readonly metadata: { readonly generation: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly { type: string; status: string; reason: string; message: string }[];
  };
}
