/** A dashboard and what a Prometheus knew -> one SVG, legible on light and dark pages. Pure. */
import type { Dashboard, Panel, Unit } from '../dashboards/model.ts';
import { inWords, roundUp } from './scale.ts';

export interface Line {
  readonly name: string;
  /** Seconds since the epoch and value, in their order; what is no number is a gap. */
  readonly points: readonly (readonly [at: number, value: number])[];
}

export interface Shown {
  /** Seconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly linesOf: (panel: Panel) => readonly Line[];
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const width = 1200;
const gap = 12;
const heights = {
  stat: 78,
  timeseries: 216,
  table: 216,
} as const;
/** Lines in a legend; further ones are counted. */
const named = 4;
/** Colours that people who see fewer of them tell apart, too (Okabe and Ito). */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
const style = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328; } .title { font-weight: 600; } .head { font-size: 18px; font-weight: 600; }
  .row { font-size: 14px; font-weight: 600; } .quiet { fill: #59636e; font-size: 11px; } .number { font-size: 26px; font-weight: 600; } .end { text-anchor: end; }
  .page { fill: #ffffff; } .panel { fill: #f6f8fa; stroke: #d1d9e0; } .grid { stroke: #d1d9e0; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .quiet { fill: #9198a1; } .page { fill: #0d1117; } .panel { fill: #151b23; stroke: #3d444d; } .grid { stroke: #3d444d; }
  }`;

export function draw(dashboard: Dashboard, shown: Shown): string {
  const parts: string[] = [];
  let y = 46;
  for (const { title, panels } of dashboard.rows) {
    parts.push(text(gap, y + 10, title, { as: 'row' }));
    y += 22;
    for (const { panel, box } of placed(panels, y)) parts.push(panelAt(panel, box, shown));
    y = Math.max(...placed(panels, y).map(({ box }) => box.y + box.height)) + gap + 6;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img">`,
    `<title>${escape(dashboard.title)}</title><style>${style}\n</style>`,
    `<rect class="page" width="${width}" height="${y}" rx="8"/>`,
    text(gap, 28, dashboard.title, { as: 'head' }),
    ...parts,
    '</svg>\n',
  ].join('\n');
}

/** Each panel where it is drawn, from left to right and from `top` down. */
export function placed(panels: readonly Panel[], top: number): { panel: Panel; box: Box }[] {
  const found: { panel: Panel; box: Box }[] = [];
  // So many that the last line of them is not a single one.
  const columns = panels.length % 3 === 1 ? 4 : 3;
  let [x, y, height] = [gap, top, 0];
  for (const panel of panels) {
    const own = panel.kind === 'stat' ? 6 : columns;
    const wide = (width - gap * (own + 1)) / own;
    if (x + wide > width) [x, y, height] = [gap, y + height + gap, 0];
    found.push({ panel, box: { x, y, width: wide, height: heights[panel.kind] } });
    x += wide + gap;
    height = Math.max(height, heights[panel.kind]);
  }
  return found;
}

function panelAt(panel: Panel, box: Box, shown: Shown): string {
  const lines = panel.kind === 'timeseries' ? largestFirst(shown.linesOf(panel)) : present(shown, panel);
  const frame = `<rect class="panel" x="${round(box.x)}" y="${box.y}" width="${round(box.width)}" height="${box.height}" rx="4"/>`;
  const title = text(box.x + 10, box.y + 20, panel.title, { as: 'title', space: box.width - 20 });
  const drawn = { stat, table, timeseries }[panel.kind](panel, box, lines, shown);
  return [frame, title, ...drawn].join('\n');
}

/** What is there at the end: numbers and tables tell of now. */
function present({ from, to, linesOf }: Shown, panel: Panel): readonly Line[] {
  return linesOf(panel).filter(({ points }) => (points.at(-1)?.[0] ?? from) > to - (to - from) / 20);
}

/** So that a legend names those that matter; a few are all named, and keep their order. */
function largestFirst(lines: readonly Line[]): readonly Line[] {
  const most = ({ points }: Line): number =>
    Math.max(0, ...points.map(([, value]) => value).filter(Number.isFinite));
  return lines.length <= named + 1 ? lines : [...lines].sort((a, b) => most(b) - most(a));
}

function stat({ unit }: Panel, box: Box, lines: readonly Line[]): string[] {
  return [text(box.x + 10, box.y + 58, inWords(last(lines[0]), unit), { as: 'number' })];
}

function table({ unit }: Panel, box: Box, lines: readonly Line[]): string[] {
  return listed(
    lines,
    8,
    (line, index) =>
      text(box.x + 10, box.y + 44 + index * 19, line.name, { space: box.width - 70 }) +
      text(box.x + box.width - 50, box.y + 44 + index * 19, inWords(last(line), unit)),
    (more, index) => text(box.x + 10, box.y + 44 + index * 19, more, { as: 'quiet' }),
  );
}

function timeseries(panel: Panel, box: Box, lines: readonly Line[], { from, to }: Shown): string[] {
  const rows = Math.min(lines.length, named + 1);
  const plot = { x: box.x + 58, y: box.y + 34, width: box.width - 70, height: box.height - 58 - rows * 15 };
  const raised = panel.stacked === true ? onTopOfEachOther(lines) : lines;
  const top = roundUp(
    Math.max(0, ...raised.flatMap(({ points }) => points.map(([, it]) => it)).filter(Number.isFinite)),
  );
  const at = ([time, value]: readonly [number, number]) =>
    `${round(plot.x + ((time - from) / (to - from)) * plot.width)},${round(plot.y + plot.height * (1 - value / top))}`;
  const curves = raised.map((line, index) => curve(line, colourOf(index), at)).reverse(); // the first, which are named, above
  return [
    ...axis(plot, top, panel.unit),
    ...curves,
    ...times(plot, from, to),
    ...legend(lines, box, panel.unit),
  ];
}

function curve({ points }: Line, colour: string, at: (point: readonly [number, number]) => string): string {
  const pieces: string[] = [];
  let pen = 'M';
  for (const point of points) {
    if (Number.isFinite(point[1])) pieces.push(`${pen}${at(point)}`);
    pen = Number.isFinite(point[1]) ? 'L' : 'M';
  }
  return `<path d="${pieces.join('')}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"/>`;
}

function axis(plot: Box, top: number, unit: Unit): string[] {
  const shares = unit === 'bool_yes_no' ? [0, 1] : [0, 0.5, 1];
  return shares.map((share) => {
    const y = round(plot.y + plot.height * (1 - share));
    const line = `<line class="grid" x1="${round(plot.x)}" x2="${round(plot.x + plot.width)}" y1="${y}" y2="${y}"/>`;
    return line + text(plot.x - 6, y + 4, inWords(top * share, unit), { as: 'quiet end' });
  });
}

function times(plot: Box, from: number, to: number): string[] {
  const minutes = Math.round((to - from) / 60);
  const y = plot.y + plot.height + 15;
  return [
    text(plot.x, y, `${minutes} min ago`, { as: 'quiet' }),
    text(plot.x + plot.width, y, 'now', { as: 'quiet end' }),
  ];
}

function legend(lines: readonly Line[], box: Box, unit: Unit): string[] {
  const y = (index: number): number =>
    box.y + box.height - 10 - (Math.min(lines.length, named + 1) - 1 - index) * 15;
  return listed(
    lines,
    named,
    (line, index) =>
      `<rect x="${round(box.x + 10)}" y="${y(index) - 9}" width="10" height="10" rx="2" fill="${colourOf(index)}"/>` +
      text(box.x + 26, y(index), line.name, { as: 'quiet', space: box.width - 110 }) +
      text(box.x + box.width - 12, y(index), inWords(last(line), unit), { as: 'quiet end' }),
    (more, index) => text(box.x + 26, y(index), more, { as: 'quiet' }),
  );
}

function listed(
  lines: readonly Line[],
  most: number,
  one: (line: Line, index: number) => string,
  rest: (words: string, index: number) => string,
): string[] {
  // A single one more takes the place of its being counted.
  const shown = lines.length <= most + 1 ? lines : lines.slice(0, most);
  const more = lines.length - shown.length;
  return [...shown.map(one), ...(more > 0 ? [rest(`and ${more} more`, most)] : [])];
}

/** Each line raised by those before it. */
function onTopOfEachOther(lines: readonly Line[]): readonly Line[] {
  const below = new Map<number, number>();
  return lines.map(({ name, points }) => ({
    name,
    points: points.map(([at, value]) => {
      const sum = (below.get(at) ?? 0) + (Number.isFinite(value) ? value : 0);
      below.set(at, sum);
      return [at, sum] as const;
    }),
  }));
}

const colourOf = (index: number): string => colours[index % colours.length] ?? '';
const round = (value: number): number => Math.round(value * 10) / 10;

/** The last value that is one. */
function last(line: Line | undefined): number {
  return line?.points.findLast(([, value]) => Number.isFinite(value))?.[1] ?? Number.NaN;
}

interface Look {
  /** Classes of the style. */
  readonly as?: string;
  /** Pixels; what does not fit is cut, by the width of a usual letter. */
  readonly space?: number;
}

function text(x: number, y: number, words: string, { as = '', space = width }: Look = {}): string {
  const letters = Math.floor(space / 6.3);
  const fitting = words.length <= letters ? words : `${words.slice(0, letters - 1)}…`;
  return `<text class="${as}" x="${round(x)}" y="${round(y)}">${escape(fitting)}</text>`;
}

function escape(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
