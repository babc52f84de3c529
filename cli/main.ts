/** The plugin: `kubectl barista …`. Reads the process, and nothing else does. */
import { apart, commandFirst, parse, type Arguments } from './arguments.ts';
import { complete, scriptFor } from './completion.ts';
import { CliError } from './errors.ts';
import { help, table } from './table.ts';
import { kubectl } from './kubectl.ts';
import type { Terminal } from './terminal.ts';

const { stdout, stderr, env, argv } = process;
const terminal: Terminal = {
  write: (text) => void stdout.write(text),
  columns: stdout.isTTY ? stdout.columns : 80,
  isTerminal: stdout.isTTY,
  color: stdout.isTTY && env['NO_COLOR'] === undefined,
  now: Date.now,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

// Whoever reads it has read enough.
stdout.on('error', () => process.exit(0));

async function run(name: string | undefined, rest: readonly string[]): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    terminal.write(help());
    return 0;
  }
  if (name === '__complete') {
    const { globals, words } = apart(rest);
    return complete(words, { ...terminal, kubectl: kubectl(globals) });
  }
  if (name === 'completion') {
    terminal.write(scriptFor(rest[0]));
    return 0;
  }
  const found = table[name];
  if (found === undefined)
    throw new CliError(`There is no command "${name}": kubectl barista help lists them.`);
  if (rest.includes('--help') || rest.includes('-h')) {
    terminal.write(`Usage: kubectl barista ${found.usage}\n\n${found.says}\n`);
    return 0;
  }
  const args: Arguments = parse(rest, found);
  return found.run(args, { ...terminal, kubectl: kubectl(args.globals) });
}

try {
  const [command, ...rest] = commandFirst(argv.slice(2));
  process.exitCode = await run(command, rest);
} catch (error) {
  const isOurs = error instanceof CliError;
  stderr.write(
    `${isOurs ? error.message : `This is a mistake of the plugin, please report it: ${String(error)}`}\n`,
  );
  process.exitCode = 2;
}
