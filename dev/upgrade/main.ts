/**
 * Keeps the CRD and the samples of the tree in `dev/upgrade/X.Y.Z/`, X.Y.Z being the version that the tree has: a step of a release.
 *
 *   node dev/upgrade/main.ts
 */
import { versionsIn } from '../release/version.ts';
import { freeze } from './frozen.ts';

const root = new URL('../..', import.meta.url).pathname;
const { version } = versionsIn(root)[0] ?? { version: '' };
freeze(root, version);
console.log(`dev/upgrade/${version} has the CRD and the samples of this tree.`);
