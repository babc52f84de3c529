/** kubectl, which knows the user's cluster and rights: everything that the plugin asks or changes goes through it. */
import { spawn } from 'node:child_process';
import { CliError } from './errors.ts';

export interface Kubectl {
  /** What it prints. @throws CliError with kubectl's own words */
  readonly output: (args: readonly string[]) => Promise<string>;
  /** On the same terminal, until it ends. @returns its exit code */
  readonly pass: (args: readonly string[]) => Promise<number>;
  /** The same in another namespace. */
  readonly in: (namespace: string) => Kubectl;
}

/** @param globals flags for every call, such as `--context=…` */
export function kubectl(globals: readonly string[]): Kubectl {
  return {
    output: (args) => output([...args, ...globals]),
    pass: (args) => pass([...args, ...globals]),
    in: (namespace) =>
      kubectl([...globals.filter((flag) => !flag.startsWith('--namespace=')), `--namespace=${namespace}`]),
  };
}

function missing(error: NodeJS.ErrnoException): CliError {
  return new CliError(
    error.code === 'ENOENT' ? 'kubectl is not on PATH: install it first.' : `kubectl: ${error.message}`,
  );
}

function output(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('kubectl', args, { stdio: ['inherit', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (error) => reject(missing(error)));
    child.on('close', (code) => {
      if (code === 0) resolve(stdout);
      else reject(new CliError(stderr.trim() || `kubectl ended with code ${code ?? 'of a signal'}`));
    });
  });
}

function pass(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('kubectl', args, { stdio: 'inherit' });
    child.on('error', (error) => reject(missing(error)));
    child.on('close', (code) => resolve(code ?? 1));
  });
}
