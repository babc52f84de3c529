/** What becomes of one request: it goes through, or the plan has something else in mind. */
import type { Answer, Exchange } from './line.ts';
import { pause } from './clock.ts';
import type { Side, What } from './plan.ts';

/** What happens around the request, wherever it leads. */
export interface Duties {
  readonly side: Side;
  /** It goes out now; gives what is done with its answer, or when there is none. */
  leaves(): (answer: Answer | undefined) => void;
  /** The operator that sent it dies. */
  crash(): void;
  /** Anything that is not about this request itself. */
  act(what: What): Promise<void>;
}

/** One request, and the two things that may be done with it. */
interface Case {
  readonly exchange: Exchange;
  readonly duties: Duties;
  /** Lets it through, and gives the answer. */
  readonly pass: () => Promise<Answer>;
}

type Treatment<Kind extends What['kind']> = (
  it: Case,
  what: Extract<What, { readonly kind: Kind }>,
) => Promise<void> | void;

const treatments: { readonly [Kind in What['kind']]?: Treatment<Kind> } = {
  crashBefore: ({ duties }) => duties.crash(),
  crashAfter: async ({ duties, pass }) => {
    await pass();
    duties.crash();
  },
  timeTravel: ({ duties }, what) => duties.act(what),
  lostAnswer: async ({ exchange, pass }) => {
    await pass();
    exchange.breakOff();
  },
  truncated: async ({ exchange, pass }) => exchange.answer(half(await pass())),
  reset: ({ exchange }) => exchange.breakOff(),
  hang: () => undefined,
  refuse: ({ exchange, duties }, { status }) => exchange.answer(refusal(duties.side, status)),
  errorAfter: async ({ exchange, duties, pass }, { status }) => {
    await pass();
    await exchange.answer(refusal(duties.side, status));
  },
  slow: async ({ exchange, pass }, { ms }) => late(exchange, await pass(), ms),
};

export async function treat(exchange: Exchange, what: What | undefined, duties: Duties): Promise<void> {
  const pass = async (): Promise<Answer> => {
    const arrived = duties.leaves();
    try {
      const answer = await exchange.forward();
      arrived(answer);
      return answer;
    } catch (error) {
      arrived(undefined);
      throw error;
    }
  };
  const treatment =
    what === undefined ? undefined : (treatments[what.kind] as Treatment<typeof what.kind> | undefined);
  if (what !== undefined && treatment !== undefined) {
    await treatment({ exchange, duties, pass }, what);
    return;
  }
  if (what !== undefined) await duties.act(what);
  await reply(exchange, await pass());
}

async function late(exchange: Exchange, answer: Answer, ms: number): Promise<void> {
  await pause(ms);
  await reply(exchange, answer);
}

function reply(exchange: Exchange, { status, headers, body }: Answer): Promise<void> {
  const type = headers['content-type'] ?? 'application/json';
  const wait = headers['retry-after'];
  const more = wait === undefined ? {} : { 'retry-after': wait };
  return exchange.answer({ status, body, headers: { 'content-type': type, ...more } });
}

function half({ status, body }: Answer): Pick<Answer, 'status' | 'body'> {
  return { status, body: body.slice(0, Math.floor(body.length / 2)) };
}

const words: Readonly<Record<number, string>> = {
  409: 'Conflict',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

const kubeReasons: Readonly<Record<number, string>> = {
  409: 'Conflict',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** As the API server, SCDF, or a proxy before them says it. */
export function refusal(
  side: Side,
  status: number,
): { status: number; body: string; headers: Record<string, string> } {
  const headers: Record<string, string> = status === 429 ? { 'retry-after': '1' } : {};
  const word = words[status] ?? '';
  if (status === 502) {
    return { status, body: `<html><body>${word}</body></html>`, headers: { 'content-type': 'text/html' } };
  }
  const body =
    side === 'kube'
      ? {
          kind: 'Status',
          apiVersion: 'v1',
          status: 'Failure',
          message: word,
          reason: kubeReasons[status],
          code: status,
        }
      : { timestamp: '2026-11-23T20:28:00.029+0000', status, error: word, message: 'injected', path: '/' };
  return { status, body: JSON.stringify(body), headers };
}
