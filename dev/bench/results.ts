/** Results of a benchmark as files: JSON, a Markdown table and an SVG plot beside it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

export interface Result {
  readonly measure: string;
  readonly value: number;
  readonly unit: string;
  /** What is to be reached, in words; empty when it is only to be known. */
  readonly target: string;
  /** Whether it is reached; true when there is no target. */
  readonly holds: boolean;
}

/** What is only to be known. */
export function known(measure: string, value: number, unit = ''): Result {
  return { measure, value, unit, target: '', holds: true };
}

/** The upper one of the two in the middle when there are as many above as below; 0 of nothing. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

const folder = new URL('./results/', import.meta.url);

/** The results that are in a file already, with these in the place of those of the same measures: one part of a benchmark was run again. */
export function intoFormer(name: string, results: readonly Result[]): readonly Result[] {
  const former = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as readonly Result[];
  return merged(former, results);
}

export function merged(former: readonly Result[], results: readonly Result[]): readonly Result[] {
  const anew = new Map(results.map((result) => [result.measure, result]));
  const known = new Set(former.map(({ measure }) => measure));
  return [
    ...former.map((result) => anew.get(result.measure) ?? result),
    ...results.filter(({ measure }) => !known.has(measure)),
  ];
}

/**
 * @param where the name, or the place of another folder with the name in it, without an ending
 * @param bars the measures that the plot shows, all of one unit
 */
export function writeResults(
  where: string | URL,
  title: string,
  results: readonly Result[],
  bars: readonly string[],
): void {
  const place = new URL(where, folder);
  mkdirSync(new URL('.', place), { recursive: true });
  const name = place.pathname.split('/').at(-1) ?? '';
  const file = (ending: string) => new URL(`${name}.${ending}`, place);
  writeFileSync(file('json'), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(file('md'), table(title, name, results));
  writeFileSync(
    file('svg'),
    plot(
      title,
      results.filter((result) => bars.includes(result.measure)),
    ),
  );
}

export function table(title: string, name: string, results: readonly Result[]): string {
  const rows = results.map(
    ({ measure, value, unit, target, holds }) =>
      `| ${measure} | ${value.toLocaleString('en')} ${unit} | ${target || '-'} | ${target === '' ? '' : holds ? 'yes' : '**no**'} |`,
  );
  return [
    `# ${title}`,
    '',
    `![${title}](${name}.svg)`,
    '',
    '| measure | value | target | holds |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

export function plot(title: string, results: readonly Result[]): string {
  const most = Math.max(...results.map((result) => result.value), 1);
  const escape = (text: string) => text.replace(/[<>&]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const bars = results.map(({ measure, value, unit }, index) => {
    const y = 40 + index * 34;
    const width = Math.round((value / most) * 360);
    return (
      `<text x="10" y="${y + 15}">${escape(measure)}</text>` +
      `<rect x="270" y="${y}" width="${width}" height="22" fill="#6f4e37"/>` +
      `<text x="${280 + width}" y="${y + 15}">${value.toLocaleString('en')} ${escape(unit)}</text>`
    );
  });
  const height = 60 + results.length * 34;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 ${height}" font-family="sans-serif" font-size="13">` +
    `<text x="10" y="22" font-size="16">${escape(title)}</text>${bars.join('')}</svg>\n`
  );
}
