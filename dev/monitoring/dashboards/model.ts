/** Dashboards as we write them: what is shown, and by which query. `grafana.ts` makes Grafana's JSON of it. */

/** Units by Grafana's names for them. */
export type Unit = 'short' | 'ops' | 's' | 'bytes' | 'percentunit' | 'bool_yes_no';

export interface Query {
  /** PromQL. `$stream`, `$__rate_interval` and `$__range` are Grafana's to fill in. */
  readonly expr: string;
  /** The name of a series, with `{{label}}`s. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  /** What it tells, and what to do when it looks bad. */
  readonly description: string;
  readonly kind: 'stat' | 'timeseries' | 'table';
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Series on top of each other: their sum means something. */
  readonly stacked?: true;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Variable {
  readonly name: string;
  readonly label: string;
  /** `label_values(…)` */
  readonly query: string;
}

export interface Dashboard {
  /** Also the name of its file. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  readonly rows: readonly Row[];
}

/** Of all series together, by these labels. */
export function sum(what: string, ...by: readonly string[]): string {
  return by.length === 0 ? `sum(${what})` : `sum by (${by.join(', ')}) (${what})`;
}

export function perSecond(counter: string): string {
  return `rate(${counter}[$__rate_interval])`;
}

/** One query for each share, over the time between two points. */
export function quantiles(
  shares: readonly number[],
  bucket: (counter: string) => string,
  histogram: string,
): Query[] {
  return shares.map((share) => ({
    expr: `histogram_quantile(${share}, ${bucket(`${histogram}_bucket`)})`,
    legend: `p${share * 100}`,
  }));
}
