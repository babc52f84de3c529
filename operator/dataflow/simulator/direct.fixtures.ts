/** Calls to a simulator in the same process, without a network in between: some hundred times as many in a second. */
import { classify } from '../classify.ts';
import { DataflowError } from '../port.ts';
import { bodyOf, type Call, type Transport } from '../rest.ts';
import type { Answer } from '../wire.ts';
import { textOf } from './server.ts';
import type { Simulator } from './simulator.ts';

export function direct(simulator: Simulator): Transport {
  return {
    send: (call) => send(simulator, call),
    load: { inFlight: 0, waiting: 0 },
    close: () => undefined,
    retire: () => undefined,
  };
}

async function send(simulator: Simulator, call: Call): Promise<Answer> {
  const body = bodyOf(call);
  const answer = await simulator.answer({
    method: call.method,
    url: call.path,
    type: body?.type ?? '',
    authorization: undefined,
    text: body?.text ?? '',
  });
  if (typeof answer === 'string') throw unanswered(call);
  const text = textOf(answer);
  if (answer.status >= 200 && answer.status < 300) return { status: answer.status, body: text };
  const { kind, message } = classify(answer.status, text);
  throw new DataflowError(kind, call.what, message, { status: answer.status });
}

/** As when the connection breaks. */
export function unanswered({ what }: Pick<Call, 'what'>): DataflowError {
  return new DataflowError('unreachable', what, 'The server cannot be reached: the connection broke.');
}
