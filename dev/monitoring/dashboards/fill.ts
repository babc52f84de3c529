/** What Grafana fills into a query. Pure. */

export interface Choice {
  /** The stream that the viewer has chosen. */
  readonly stream: string;
  /** The time that is shown, e.g. `15m`. */
  readonly range: string;
}

/** As Grafana does it for a scrape each five seconds. */
export function filled(expr: string, { stream, range }: Choice): string {
  return expr
    .replaceAll('$stream', stream)
    .replaceAll('$__rate_interval', '30s')
    .replaceAll('$__range', range);
}

/** The name of a series in a legend: `{{label}}` stands for the label's value. */
export function named(legend: string, labels: Readonly<Record<string, string>>): string {
  return legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? '').trim();
}
