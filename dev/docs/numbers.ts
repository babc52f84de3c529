/** docs/numbers.md, from the results that the benchmarks, the plans of faults and the runs of chaos have written. Pure. */
import type { Result } from '../bench/results.ts';
import { escape, generatedFrom, table } from './table.ts';

/** One file of results, and what makes it. */
export interface Measured {
  readonly title: string;
  /** e.g. `make chaos`. */
  readonly command: string;
  /** The picture beside it, relative to docs/. */
  readonly picture: string;
  readonly results: readonly Result[];
}

export function numbersPage(measured: readonly Measured[]): string {
  return [
    '# Numbers',
    generatedFrom('dev/bench/results, dev/chaos/results and dev/faults/results'),
    'On 2 cores, with the broker, SCDF and whoever is measured on one machine. Targets that are missed stand here as well. How it is measured, and against what: [the benchmarks](../dev/bench/README.md); what the runs of chaos and the plans of faults do: [how it was tested](testing.md).',
    ...measured.flatMap((it) => [
      `## ${it.title}`,
      `Made by \`${it.command}\`.`,
      `![${it.title}](${it.picture})`,
      table(['Measure', 'Value', 'Target', 'Holds'], it.results.map(rowOf)),
    ]),
  ].join('\n\n');
}

function rowOf({ measure, value, unit, target, holds }: Result): readonly string[] {
  const inTime = target === '' ? '' : holds ? 'yes' : '**no**';
  return [escape(measure), `${value.toLocaleString('en')} ${unit}`.trim(), escape(target), inTime];
}
