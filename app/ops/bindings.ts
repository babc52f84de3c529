/** Spring Cloud Stream's endpoint of bindings. Orders can be paused: the worker stays in its group, and takes no more of them until they are resumed or it is started again. */
import type { WorkerConfig } from '../config/config.ts';
import type { Reply } from './reply.ts';

export interface Pausable {
  readonly isPaused: boolean;
  readonly pause: () => void;
  readonly resume: () => void;
}

export interface Binding {
  readonly bindingName: string;
  readonly name: string;
  readonly group?: string;
  readonly pausable: boolean;
  readonly state: 'running' | 'paused';
  readonly paused: boolean;
  readonly input: boolean;
  readonly extendedInfo: { readonly bindingDestination: string };
}

const input = 'orders';

export function bindings({ topics, group }: WorkerConfig, { isPaused }: Pausable): Binding[] {
  const binding = (bindingName: string, destination: string): Binding => {
    const isInput = bindingName === input;
    const paused = isInput && isPaused;
    return {
      bindingName,
      name: destination,
      ...(isInput ? { group } : {}),
      pausable: isInput,
      state: paused ? 'paused' : 'running',
      paused,
      input: isInput,
      extendedInfo: { bindingDestination: destination },
    };
  };
  return [
    binding(input, topics.orders),
    binding('hot.drink', topics.hotDrinks),
    binding('cold.drink', topics.coldDrinks),
  ];
}

/** @param body what was posted: `{"state": "PAUSED"}` or `{"state": "RESUMED"}` */
export function changeBinding({ pausable }: Binding, body: unknown, orders: Pausable): Reply {
  const state = typeof body === 'object' && body !== null && 'state' in body ? body.state : undefined;
  const change = { PAUSED: () => orders.pause(), RESUMED: () => orders.resume() }[
    String(state).toUpperCase()
  ];
  if (change === undefined) return { status: 400, message: 'state has to be PAUSED or RESUMED.' };
  if (!pausable) return { status: 400, message: `Only the binding ${input} can be paused and resumed.` };
  change();
  return { status: 204 };
}
