/** The files of the dashboards, which are generated and committed. */
import { dashboards } from './all.ts';
import { toGrafana } from './grafana.ts';

/** Relative to the repository. */
export const folder = 'manifests/monitoring/dashboards';

/** Text by file name. */
export function dashboardFiles(): ReadonlyMap<string, string> {
  return new Map(
    dashboards.map((each) => [`${each.uid}.json`, `${JSON.stringify(toGrafana(each), null, 2)}\n`]),
  );
}
