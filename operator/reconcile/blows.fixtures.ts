/** External writes of one operator process, of which one can be made to go wrong. */
import { unanswered } from '../dataflow/simulator/direct.fixtures.ts';
import { classify } from '../dataflow/classify.ts';
import { DataflowError } from '../dataflow/port.ts';
import type { Simulator } from '../dataflow/simulator/simulator.ts';
import type { Transport } from '../dataflow/rest.ts';
import { KubeError, type KubeApi } from '../kube/port.ts';

export const HALF = 'it is half done and answered with a 500';

/** What happens to a write. */
export type Blow =
  | 'the process is killed before it'
  | 'the process is killed after it'
  | 'it is done and its answer is lost'
  | 'it is done and answered with a 500'
  | 'it is not done and answered with a 500'
  /** A deploy or an update: SCDF gives up while Skipper goes on. */
  | typeof HALF
  /** Kubernetes only. */
  | 'it is not done and answered with a 409';

export function blowsFor(title: string): readonly Blow[] {
  const both: readonly Blow[] = [
    'the process is killed before it',
    'the process is killed after it',
    'it is done and its answer is lost',
    'it is done and answered with a 500',
    'it is not done and answered with a 500',
  ];
  if (title.startsWith('kube:')) return [...both, 'it is not done and answered with a 409'];
  return streamOf(title) === undefined ? both : [...both, HALF];
}

/** Of a deploy or an update. */
function streamOf(title: string): string | undefined {
  return /(?:deploy|update) stream (.*)$/.exec(title.replace('undeploy', ''))?.[1];
}

/** The process is gone: nothing that it does from now on reaches anybody. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

interface Failures {
  readonly lost: () => Error;
  readonly failed: () => Error;
  readonly conflict?: () => Error;
  readonly half?: () => Promise<unknown>;
}

export class Writes {
  /** All that reached the other side, in order: `scdf: deploy stream x`, `kube: status`. */
  readonly made: string[] = [];
  /** True once the planned blow has fallen. */
  struck = false;
  dead = false;
  #asked = 0;
  #plan: { at: number; blow: Blow } | undefined;

  /** From here on, write number `at` (from 0) goes wrong in this way. */
  strike(plan: { at: number; blow: Blow } | undefined): void {
    this.#plan = plan;
    this.#asked = 0;
    this.struck = false;
    this.made.length = 0;
  }

  count(side: 'scdf' | 'kube'): number {
    return this.made.filter((title) => title.startsWith(`${side}:`)).length;
  }

  checkAlive(): void {
    if (this.dead) throw new Killed('the process is gone');
  }

  async write<T>(title: string, perform: () => Promise<T>, failures: Failures): Promise<T> {
    this.checkAlive();
    const blow = this.#next();
    if (blow === 'the process is killed before it') this.#die();
    this.made.push(title);
    const error = errorOf(blow, failures);
    if (error !== undefined && blow?.startsWith('it is not done') === true) throw error;
    const work = blow === HALF ? (failures.half ?? perform) : perform;
    const answer = await work();
    if (blow === 'the process is killed after it') this.#die();
    if (error !== undefined) throw error;
    this.checkAlive();
    return answer as T;
  }

  #next(): Blow | undefined {
    const blow = this.#plan?.at === this.#asked ? this.#plan.blow : undefined;
    this.#asked += 1;
    if (blow !== undefined) this.struck = true;
    return blow;
  }

  #die(): never {
    this.dead = true;
    throw new Killed('the process is killed');
  }
}

function errorOf(blow: Blow | undefined, { lost, failed, conflict }: Failures): Error | undefined {
  if (blow === undefined || blow.startsWith('the process')) return undefined;
  if (blow === 'it is done and its answer is lost') return lost();
  return blow === 'it is not done and answered with a 409' ? conflict?.() : failed();
}

/** What SCDF answers when it cannot reach Skipper in the middle of something. */
const skipperAway = JSON.stringify({
  _embedded: {
    errors: [
      {
        logref: 'ResourceAccessException',
        message:
          'I/O error on GET request for "http://localhost:7577/api/release/states": Connection refused',
      },
    ],
  },
});

export function struckTransport(transport: Transport, simulator: Simulator, writes: Writes): Transport {
  return {
    ...transport,
    send: async (call) => {
      writes.checkAlive();
      if (call.method === 'GET') return transport.send(call);
      const title = `scdf: ${call.what}`;
      const perform = () => transport.send(call);
      return writes.write(title, perform, {
        half: () => simulator.rollBack(streamOf(title) ?? '', perform),
        lost: () => unanswered(call),
        failed: () => {
          const { kind, message } = classify(500, skipperAway);
          return new DataflowError(kind, call.what, message, { status: 500 });
        },
      });
    },
  };
}

export function struckKube(kube: KubeApi, writes: Writes): KubeApi {
  const failures: Failures = {
    lost: () => new KubeError('transient', 'no answer from the API server: socket hang up'),
    failed: () => new KubeError('transient', 'the API server answered 500', { status: 500 }),
    conflict: () => new KubeError('conflict', 'the object has been modified', { status: 409 }),
  };
  return {
    get: async (...args) => {
      writes.checkAlive();
      return kube.get(...args);
    },
    create: (...args) => kube.create(...args),
    replace: (...args) => kube.replace(...args),
    patch: (...args) => writes.write('kube: finalizers', () => kube.patch(...args), failures),
    patchStatus: (...args) => writes.write('kube: status', () => kube.patchStatus(...args), failures),
  };
}
