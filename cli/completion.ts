/** Completion: of `kubectl-barista` itself by a script, and of `kubectl barista` as kubectl asks its plugins. */
import { CliError } from './errors.ts';
import { RESOURCE } from './pipeline.ts';
import { table } from './table.ts';
import type { World } from './terminal.ts';

const roles = ['customer', 'barista', 'hot', 'cold'];
/** In the protocol of cobra, which kubectl speaks: no files. */
const noFiles = ':4';

/**
 * Prints what may stand where the last word is, one a line, as kubectl wants it of `kubectl_complete-barista`.
 *
 * @param words undefined where it is the value of a flag of kubectl's, of which nothing is known here
 */
export async function complete(
  words: readonly string[] | undefined,
  { kubectl, write }: World,
): Promise<number> {
  const [command, ...rest] = words ?? [];
  const found = words === undefined ? [] : await candidates(command, rest, (args) => kubectl.output(args));
  const begun = words?.at(-1) ?? '';
  write(`${[...found.filter((each) => each.startsWith(begun)), noFiles].join('\n')}\n`);
  return 0;
}

async function candidates(
  command: string | undefined,
  rest: readonly string[],
  ask: (args: readonly string[]) => Promise<string>,
): Promise<readonly string[]> {
  if (rest.length === 0) return [...Object.keys(table), 'completion'];
  if (command === 'completion') return ['bash', 'zsh'];
  if (command !== undefined && table[command]?.words[1] === 0) return [];
  const place = rest.filter((word) => !word.startsWith('-')).length;
  if (rest.length === 1 || place === 1) return names(ask);
  return command === 'logs' && place === 2 ? roles : [];
}

/** None where they cannot be asked: completion is silent about trouble. */
async function names(ask: (args: readonly string[]) => Promise<string>): Promise<readonly string[]> {
  const text = await ask(['get', RESOURCE, '--output=jsonpath={.items[*].metadata.name}']).catch(() => '');
  return text.split(' ').filter((name) => name !== '');
}

const bash = `_kubectl_barista() {
  local words
  mapfile -t words < <(kubectl-barista __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | grep -v '^:')
  mapfile -t COMPREPLY < <(compgen -W "\${words[*]}" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -F _kubectl_barista kubectl-barista
`;

const zsh = `_kubectl_barista() {
  local -a words_found
  words_found=(\${(f)"$(kubectl-barista __complete "\${words[@]:1:$((CURRENT - 1))}" 2>/dev/null | grep -v '^:')"})
  compadd -a words_found
}
compdef _kubectl_barista kubectl-barista
`;

export function scriptFor(shell: string | undefined): string {
  if (shell === 'bash') return bash;
  if (shell === 'zsh') return zsh;
  throw new CliError('Usage: kubectl barista completion bash|zsh');
}
