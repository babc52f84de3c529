/**
 * Builds the kubectl plugin as one file, `dist/cli/kubectl-barista`, and beside it what kubectl asks for completion and `third-party-licenses.txt`. On PATH, `kubectl barista` finds both.
 *
 *   node dev/build/cli.ts
 */
import { chmod, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { inputsOf, licenseTexts, packagesOf } from './licenses.ts';

const plugin = 'dist/cli/kubectl-barista';
const completion = 'dist/cli/kubectl_complete-barista';

/** Libraries that are not modules yet load Node's parts with a `require`; and people have Node 20, which has not got one function yet. */
const prelude = `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
Promise.withResolvers ??= function () {
  let resolve, reject;
  const promise = new this((yes, no) => { resolve = yes; reject = no; });
  return { promise, resolve, reject };
};`;

const { metafile } = await build({
  entryPoints: ['cli/main.ts'],
  outfile: plugin,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  legalComments: 'none',
  banner: { js: `#!/usr/bin/env node\n${prelude}` },
  metafile: true,
  logLevel: 'warning',
});
const licenses = await licenseTexts(packagesOf(inputsOf(metafile)));
await writeFile('dist/cli/third-party-licenses.txt', licenses);
await writeFile(
  completion,
  '#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/kubectl-barista" __complete "$@"\n',
);
for (const file of [plugin, completion]) await chmod(file, 0o755);
