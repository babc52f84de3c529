/** The site of these pages: `make docs` builds it into dist/docs. What there is to decide is in dev/docs/site, with tests. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { slug } from '../../dev/docs/markdown.ts';
import { navigation } from '../../dev/docs/site/navigation.ts';
import { copyFiles, relink } from '../../dev/docs/site/repository-files.ts';

const docs = fileURLToPath(new URL('..', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const linked = new Set<string>();
const sidebar = navigation(docs);

export default defineConfig({
  title: 'Barista',
  description: 'A Kubernetes operator for Spring Cloud Data Flow pipelines on Kafka',
  lang: 'en',
  outDir: '../dist/docs',
  cacheDir: 'node_modules/.vitepress',
  ignoreDeadLinks: false,
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: {
    // The anchors that GitHub gives, so that one link serves both.
    anchor: { slugify: slug },
    config: (md) => {
      md.core.ruler.push('repository_files', (state) => {
        for (const path of relink(state.tokens, state.env.relativePath)) linked.add(path);
      });
    },
  },
  buildEnd: ({ outDir }) => copyFiles(root, outDir, linked),
  themeConfig: {
    sidebar: [...sidebar],
    outline: [2, 3],
    search: { provider: 'local' },
    nav: sidebar
      .filter(({ items }) => items.length > 0)
      .map(({ text, items }) => ({ text, link: items[0].link })),
  },
});
