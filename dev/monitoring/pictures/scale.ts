/** Numbers as people read them, and an axis for them. Pure. */
import type { Unit } from '../dashboards/model.ts';

/** The least round number (1, 2 or 5 times a power of ten) that is not below; 1 for nothing. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((each) => each * power >= value * 0.999999) ?? 10;
  return step * power;
}

export function inWords(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return '–';
  switch (unit) {
    case 'bool_yes_no':
      return value === 0 ? 'no' : 'yes';
    case 'percentunit':
      return `${digits(value * 100)} %`;
    case 's':
      return seconds(value);
    case 'bytes':
      return scaled(value, ['B', 'kB', 'MB', 'GB']);
    case 'ops':
      return `${digits(value)}/s`;
    case 'short':
      return digits(value);
  }
}

function seconds(value: number): string {
  if (value === 0) return '0 s';
  if (value < 0.001) return `${digits(value * 1e6)} µs`;
  return value < 1 ? `${digits(value * 1000)} ms` : `${digits(value)} s`;
}

function scaled(value: number, units: readonly string[]): string {
  const at = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(value, 1)) / 3)));
  return `${digits(value / 1000 ** at)} ${units[at] ?? ''}`;
}

/** Three digits that count. */
function digits(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en');
}
