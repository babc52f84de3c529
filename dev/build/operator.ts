/**
 * Builds the operator as one file: `dist/operator/main.js`, and `third-party-licenses.txt` beside it. What nobody calls is left out of it, which is nearly all of client-node: loading the classes
 * of every Kubernetes API takes it 80 MB and half a second of CPU.
 *
 *   node dev/build/operator.ts
 */
import { readFile, writeFile } from 'node:fs/promises';
import { build, type Plugin } from 'esbuild';
import { inputsOf, licenseTexts, packagesOf } from './licenses.ts';

/** In one of its modules nothing happens but that names are defined, which its package.json does not say. */
const pureClientNode: Plugin = {
  name: 'client-node without what nobody calls',
  setup(esbuild) {
    const asked = Symbol('asked by this plugin');
    esbuild.onResolve({ filter: /./ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === asked || !`${importer} ${path}`.includes('@kubernetes/client-node'))
        return undefined;
      const found = await esbuild.resolve(path, { importer, resolveDir, kind, pluginData: asked });
      return found.path.includes('@kubernetes/client-node') ? { ...found, sideEffects: false } : found;
    });
  },
};

/** A map that says nothing but where a file begins: with the libraries' lines in the source map, Node needs 50 MB for it. */
const silentMap = Buffer.from('{"version":3,"sources":["library"],"names":[],"mappings":"AAAA"}').toString(
  'base64',
);

const unmappedLibraries: Plugin = {
  name: 'libraries without source maps',
  setup(esbuild) {
    esbuild.onLoad({ filter: /node_modules.*\.[cm]?js$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8');
      const map = `\n//# sourceMappingURL=data:application/json;base64,${silentMap}`;
      return { contents: contents + map, loader: 'default' };
    });
  },
};

const { metafile } = await build({
  entryPoints: ['operator/main.ts'],
  outfile: 'dist/operator/main.js',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: true,
  // The stack of an error names our lines.
  sourcesContent: false,
  legalComments: 'none',
  // Node keeps the source in memory, and twice as much of it when one character is not Latin: those are in comments.
  minifyWhitespace: true,
  metafile: true,
  // Libraries that are not modules yet load Node's parts with it.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
  plugins: [pureClientNode, unmappedLibraries],
  logLevel: 'warning',
});

const licenses = await licenseTexts(packagesOf(inputsOf(metafile)));
await writeFile('dist/operator/third-party-licenses.txt', licenses);
