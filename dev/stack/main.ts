import { pathsFor } from './paths.ts';
import { progressTo } from './progress.ts';
import { kubeBinaries } from './kube-binaries.ts';
const paths = pathsFor(new URL('../..', import.meta.url).pathname.replace(/\/$/, ''), process.env['XDG_CACHE_HOME']);
const progress = progressTo((line) => console.log(line), () => performance.now());
await kubeBinaries(paths, progress);
