/** The commands, and what is said of them. */
import type { ParseArgsConfig } from 'node:util';
import type { Arguments } from './arguments.ts';
import { diff } from './diff/command.ts';
import { importBar } from './import/command.ts';
import { events, logs, pause, reconcile, resume, start, stop } from './commands.ts';
import type { World } from './terminal.ts';
import { tree } from './tree/command.ts';

export interface Entry {
  readonly usage: string;
  readonly says: string;
  readonly own: NonNullable<ParseArgsConfig['options']>;
  /** How many words it takes, at least and at most. */
  readonly words: readonly [number, number];
  readonly run: (args: Arguments, world: World) => Promise<number>;
}

const flag = (short: string) => ({ type: 'boolean', short }) as const;
const one = [1, 1] as const;

export const table: Readonly<Record<string, Entry>> = {
  tree: {
    usage: 'tree NAME [-w] [-o json]',
    says: 'A pipeline, its streams and their pods: how each is, what it serves and what waits. -w follows it.',
    own: { watch: flag('w'), output: { type: 'string', short: 'o' } },
    words: one,
    run: tree,
  },
  logs: {
    usage: 'logs NAME [customer|barista|hot|cold] [-f] [--tail=N]',
    says: 'The logs of its pods: the last 20 lines of each, or N. -f goes on.',
    own: { follow: flag('f'), tail: { type: 'string' } },
    words: [1, 2],
    run: logs,
  },
  events: {
    usage: 'events NAME [-w]',
    says: 'What the operator has told of it.',
    own: { watch: flag('w') },
    words: one,
    run: events,
  },
  diff: {
    usage:
      'diff NAME|-f FILE [--server-side] [--server=URL] [--token-file=FILE] [--ca-file=FILE] [--platform=NAME] [--instance=NAME] [--worker-image=IMAGE]',
    says: 'What the operator would do in SCDF, and why; nothing is changed. Exit code 1 when it would do something. Server, instance and image are those of the operator in the cluster, unless they are given.',
    own: {
      filename: { type: 'string', short: 'f' },
      'server-side': { type: 'boolean' },
      server: { type: 'string' },
      'token-file': { type: 'string' },
      'ca-file': { type: 'string' },
      platform: { type: 'string' },
      instance: { type: 'string' },
      'worker-image': { type: 'string' },
    },
    words: [0, 1],
    run: diff,
  },
  import: {
    usage:
      'import [--server=NAME|URL] [--streams=A,B,…] [--name=NAME] [--token-file=FILE] [--ca-file=FILE] [--platform=NAME] [--instance=NAME] [--worker-image=IMAGE]',
    says: 'Prints the pipeline that describes a bar which is in SCDF: made by hand, or by a pipeline that is lost. Nothing is changed, no secret is printed. The server is one that the operator knows by its name (default: default), or any by its address.',
    own: {
      server: { type: 'string' },
      streams: { type: 'string' },
      name: { type: 'string' },
      'token-file': { type: 'string' },
      'ca-file': { type: 'string' },
      platform: { type: 'string' },
      instance: { type: 'string' },
      'worker-image': { type: 'string' },
    },
    words: [0, 0],
    run: importBar,
  },
  pause: {
    usage: 'pause NAME',
    says: 'The operator looks away: nothing is healed or changed. Streams run on.',
    own: {},
    words: one,
    run: pause,
  },
  resume: {
    usage: 'resume NAME',
    says: 'The operator looks after it again.',
    own: {},
    words: one,
    run: resume,
  },
  reconcile: {
    usage: 'reconcile NAME',
    says: 'The operator looks at it now. Exit code 1 when it is not ready then.',
    own: {},
    words: one,
    run: reconcile,
  },
  stop: {
    usage: 'stop NAME',
    says: 'Its streams are undeployed and stay defined; orders wait.',
    own: {},
    words: one,
    run: stop,
  },
  start: { usage: 'start NAME', says: 'Its streams are deployed again.', own: {}, words: one, run: start },
};

export function help(): string {
  const entries = [
    ...Object.values(table).map(({ usage, says }) => [usage, says] as const),
    ['completion bash|zsh', 'A script for your shell: source <(kubectl barista completion bash)'] as const,
  ];
  const lines = entries.map(([usage, says]) => `  ${usage}\n      ${says}`);
  return `kubectl barista: pipelines of Spring Cloud Data Flow that Barista looks after\n\n${lines.join('\n')}\n\nkubectl's -n, --context, --kubeconfig and --as are understood, too.\n`;
}
