/** The command line: what is to be done, to what, and which flags kubectl is to be given. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { CliError } from './errors.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** kubectl's own, which go along with every call to it. */
const ofKubectl = {
  namespace: { type: 'string', short: 'n' },
  context: { type: 'string' },
  kubeconfig: { type: 'string' },
  cluster: { type: 'string' },
  user: { type: 'string' },
  as: { type: 'string' },
  'request-timeout': { type: 'string' },
} as const satisfies Options;

export interface Arguments {
  /** Without the command's name. */
  readonly words: readonly string[];
  readonly text: (flag: string) => string | undefined;
  readonly is: (flag: string) => boolean;
  /** As `--name=value`. */
  readonly globals: readonly string[];
}

/** kubectl's flags may stand before the command, too; all of them have a value, beside them or behind a sign of equality. */
export function commandFirst(args: readonly string[]): readonly string[] {
  let at = 0;
  for (let word = args[at]; word !== undefined && isGlobal(word); word = args[at])
    at += word.includes('=') || /^-[^-]./.test(word) ? 1 : 2;
  const command = args[at];
  return command === undefined ? args : [command, ...args.slice(0, at), ...args.slice(at + 1)];
}

/** For completion: kubectl's flags, as `globals` of `Arguments`, and the words; undefined when the last one is the value of such a flag. */
export function apart(args: readonly string[]): {
  readonly globals: readonly string[];
  readonly words: readonly string[] | undefined;
} {
  // What stands last is being typed.
  const { tokens } = parseArgs({
    args: args.slice(0, -1),
    options: ofKubectl,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const globals: string[] = [];
  const words: string[] = [];
  let isOpen = false;
  for (const token of tokens) {
    isOpen = false;
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    if (!(token.name in ofKubectl)) words.push(token.rawName);
    else if (token.value === undefined) isOpen = true;
    else globals.push(`--${token.name}=${token.value}`);
  }
  return { globals, words: isOpen ? undefined : [...words, ...args.slice(-1)] };
}

function isGlobal(word: string): boolean {
  const [flag = ''] = word.split('=');
  return /^-n/.test(word) || Object.keys(ofKubectl).some((name) => flag === `--${name}`);
}

/**
 * @param own flags of the command
 * @param words how many it takes, at least and at most
 * @throws CliError with a sentence when there are others
 */
export function parse(
  args: readonly string[],
  {
    own,
    words,
    usage,
  }: { readonly own: Options; readonly words: readonly [number, number]; readonly usage: string },
): Arguments {
  const { values, positionals } = parsed(args, { ...ofKubectl, ...own }, usage);
  const [least, most] = words;
  if (positionals.length < least || positionals.length > most)
    throw new CliError(`Usage: kubectl barista ${usage}`);
  const globals = Object.keys(ofKubectl).flatMap((name) => {
    const value = values[name];
    return typeof value === 'string' ? [`--${name}=${value}`] : [];
  });
  return {
    words: positionals,
    globals,
    text: (flag) => {
      const value = values[flag];
      return typeof value === 'string' ? value : undefined;
    },
    is: (flag) => values[flag] === true,
  };
}

function parsed(args: readonly string[], options: Options, usage: string) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    const said = error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error);
    throw new CliError(`${said}.\nUsage: kubectl barista ${usage}`);
  }
}
