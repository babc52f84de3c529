/** The table of alerts in docs/alerts.md, from manifests/monitoring/rules.yaml. What to do about each is written by hand below it. Pure. */
import { code, table } from './table.ts';

export interface Rules {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly for?: string;
      readonly labels: Readonly<Record<string, string>>;
    }[];
  }[];
}

export function alertsTable({ groups }: Rules): string {
  return table(
    ['Alert', 'Severity', 'After', 'Fires on'],
    groups.flatMap(({ rules }) =>
      rules.map(({ alert, expr, labels, ...rule }) => [
        `[${alert}](#${alert.toLowerCase()})`,
        labels['severity'] ?? '',
        rule.for ?? 'at once',
        code(expr.replaceAll(/\s+/g, ' ').trim()),
      ]),
    ),
  );
}

const begin = '<!-- Generated from manifests/monitoring/rules.yaml by `make docs`. -->';
const end = '<!-- The end of what is generated. -->';

/** The page with this table in the place of the former one. @throws Error when the page has no place for it */
export function withTable(page: string, rows: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The page has no place for a table: ${begin} … ${end}`);
  return `${page.slice(0, from)}${begin}\n\n${rows}\n\n${page.slice(to)}`;
}
