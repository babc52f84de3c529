import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { licenseTexts, packagesOf } from './licenses.ts';

describe('the licenses of a bundle', () => {
  it('are those of the packages that something was taken from, each once, nested ones too', () => {
    const inputs = [
      'operator/main.ts',
      'node_modules/pino/pino.js',
      'node_modules/pino/lib/tools.js',
      'node_modules/@kubernetes/client-node/dist/index.js',
      'node_modules/pino/node_modules/nested/index.js',
    ];
    const packages = ['@kubernetes/client-node', 'pino', 'pino/node_modules/nested'];
    assert.deepEqual(
      packagesOf(inputs),
      packages.map((name) => `node_modules/${name}`),
    );
  });

  it('are asked for: a package that says nothing of its license stops the build', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'barista-licenses-'));
    await writeFile(join(folder, 'package.json'), '{"name":"silent","version":"1.0.0"}');
    await assert.rejects(licenseTexts([folder]), /says nothing of its license/);
    await rm(folder, { recursive: true });
  });

  it('come with name, version and the text itself', async () => {
    const text = await licenseTexts(['node_modules/pino', 'node_modules/yaml']);
    assert.match(
      text,
      /^pino \d+\.\d+\.\d+ \(MIT\)\n\n[^]*Copyright[^]*\n-{80}\n\nyaml \d+\.\d+\.\d+ \(ISC\)\n\nCopyright/,
    );
  });
});
