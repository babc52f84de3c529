/** A kubectl that answers from a table, and a terminal that keeps what is written. */
import { CliError } from './errors.ts';
import type { Kubectl } from './kubectl.ts';
import type { World } from './terminal.ts';

type Answer = string | (() => string);

export class FakeWorld implements World {
  readonly asked: string[] = [];
  readonly passed: string[] = [];
  written = '';
  columns = 80;
  isTerminal = false;
  color = false;
  exitCode = 0;
  #now = Date.parse('2026-01-01T12:00:00Z');
  readonly #answers: readonly (readonly [RegExp, Answer])[];

  /** @param answers by what the call's arguments, joined by spaces, look like; the first that fits counts */
  constructor(answers: readonly (readonly [RegExp, Answer])[]) {
    this.#answers = answers;
  }

  get kubectl(): Kubectl {
    return this.#kubectl('');
  }

  #kubectl(suffix: string): Kubectl {
    return {
      output: async (args) => {
        await Promise.resolve();
        const call = args.join(' ') + suffix;
        this.asked.push(call);
        const [, answer] = this.#answers.find(([pattern]) => pattern.test(call)) ?? [];
        if (answer === undefined) throw new CliError(`Error from server (NotFound): ${call}`);
        return typeof answer === 'string' ? answer : answer();
      },
      pass: async (args) => {
        await Promise.resolve();
        this.passed.push(args.join(' ') + suffix);
        return this.exitCode;
      },
      in: (namespace) => this.#kubectl(` --namespace=${namespace}`),
    };
  }

  write = (text: string): void => {
    this.written += text;
  };
  now = (): number => this.#now;
  sleep = async (ms: number): Promise<void> => {
    await Promise.resolve();
    this.#now += ms;
  };
}

const conditions = (status: string, reason: string, message: string) => [
  { type: 'Ready', status, reason, message },
];

/** A recipe that is well, as `kubectl get -o json` prints it. */
export function recipe(
  changes: { ready?: readonly [string, string, string]; observed?: number } = {},
): string {
  const [status, reason, message] = changes.ready ?? [
    'True',
    'StreamsReady',
    '4 streams are deployed and ready.',
  ];
  const stream = (name: string, role: string, image: string) => ({
    name,
    role,
    state: 'deployed',
    instances: '1/1',
    image,
  });
  return JSON.stringify({
    metadata: { name: 'recipe', namespace: 'cafe', generation: 3 },
    spec: { state: 'Running' },
    status: {
      observedGeneration: changes.observed ?? 3,
      conditions: conditions(status, reason, message),
      streamsReady: '4/4',
      streams: [
        stream('hot-drink-pipeline', 'hotDrink', 'docker.io/springcloudstream/log-sink-kafka:5.1.1'),
        stream('cold-drink-pipeline', 'coldDrink', 'docker.io/springcloudstream/log-sink-kafka:5.1.1'),
        stream('bar-pipeline', 'bar', 'docker.io/barista/worker:dev'),
        stream('orders-pipeline', 'orders', 'docker.io/springcloudstream/time-source-kafka:5.1.1'),
      ],
    },
  });
}

interface PodChanges {
  readonly waiting?: string;
  readonly restarts?: number;
  readonly namespace?: string;
}

export function podList(
  ...pods: readonly (readonly [stream: string, name: string, changes?: PodChanges])[]
): string {
  const items = pods.map(([stream, name, { waiting, restarts = 0, namespace = 'streams' } = {}]) => ({
    metadata: {
      name,
      namespace,
      creationTimestamp: '2026-01-01T09:00:00Z',
      labels: { 'spring-group-id': stream },
    },
    status: {
      phase: 'Running',
      containerStatuses: [
        {
          ready: waiting === undefined,
          restartCount: restarts,
          state: waiting === undefined ? { running: {} } : { waiting: { reason: waiting } },
        },
      ],
    },
  }));
  return JSON.stringify({ items });
}
