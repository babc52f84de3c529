/** Builds the site: `node dev/docs/site/main.ts`. */
import { buildSite, siteFolder } from './build.ts';

await buildSite();
console.log(`wrote ${siteFolder}`);
