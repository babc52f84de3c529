/**
 * Builds the kubectl plugin as one file, `dist/cli/kubectl-barista`, and beside it what kubectl asks for completion. On PATH, `kubectl barista` finds both.
 *
 *   node dev/build/cli.ts
 */
import { chmod, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const plugin = 'dist/cli/kubectl-barista';
const completion = 'dist/cli/kubectl_complete-barista';

await build({
  entryPoints: ['cli/main.ts'],
  outfile: plugin,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  legalComments: 'none',
  // Libraries that are not modules yet load Node's parts with a `require`.
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
await writeFile(
  completion,
  '#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/kubectl-barista" __complete "$@"\n',
);
for (const file of [plugin, completion]) await chmod(file, 0o755);
