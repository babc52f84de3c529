/** Durations as the spec writes them. */
const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** What the CRD's pattern allows: a whole number and a unit. */
export const DURATION = /^([1-9][0-9]{0,5})(ms|s|m|h)$/;

/** Milliseconds of `500ms`, `1s`, `2m`; a text that is no duration (validation has refused it before) is one second. */
export function durationMs(text: string): number {
  const match = DURATION.exec(text);
  const unit = match?.[2] as keyof typeof units | undefined;
  return unit === undefined ? 1000 : Number(match?.[1]) * units[unit];
}

/** The shortest text of so many milliseconds; undefined when a spec cannot say it. */
export function durationText(ms: number): string | undefined {
  if (!Number.isInteger(ms)) return undefined;
  const [unit, length] = Object.entries(units).findLast(([, each]) => ms % each === 0) ?? ['ms', 1];
  const text = `${ms / length}${unit}`;
  return DURATION.test(text) ? text : undefined;
}
