/** A tree as text: for a person at a terminal of 80 columns, and for one who reads it in a file. */
import type { PodNode, StreamNode, Tree } from './tree.ts';

export interface Style {
  readonly columns: number;
  readonly color: boolean;
}

const codes = { green: 32, yellow: 33, red: 31, dim: 2 } as const;
type Color = keyof typeof codes;

const reset = '\u001b[0m';

export function render(tree: Tree, style: Style): string {
  const paint = (color: Color, text: string): string =>
    style.color ? `\u001b[${codes[color]}m${text}${reset}` : text;
  const lines = [...head(tree, style, paint)];
  const width = Math.max(0, ...tree.streams.map(({ name }) => name.length));
  for (const [index, stream] of tree.streams.entries()) {
    const isLast = index === tree.streams.length - 1;
    lines.push(`${isLast ? '└─' : '├─'} ${streamLine(stream, width, style.columns - 3, paint)}`);
    const below = isLast ? '   ' : '│  ';
    if (stream.message !== undefined)
      for (const part of wrapped(stream.message, style.columns - 6)) lines.push(`${below}   ${part}`);
    for (const [at, pod] of stream.pods.entries()) {
      const branch = at === stream.pods.length - 1 ? '└─' : '├─';
      lines.push(`${below}${branch} ${podLine(pod, style.columns - 6, paint)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

type Paint = (color: Color, text: string) => string;

function head(tree: Tree, { columns }: Style, paint: Paint): string[] {
  const { namespace, name, ready, reason, message, streamsReady, paused } = tree;
  const color = ready === 'True' ? 'green' : ready === 'False' ? 'red' : 'yellow';
  const state = ready === 'True' ? 'Ready' : `Ready=${ready}`;
  const notes = paused ? '  paused' : '';
  const first = `${namespace}/${name}  ${paint(color, `${state}  ${reason}`)}  ${streamsReady} streams${notes}`;
  return [first, ...wrapped(message, columns - 2).map((part) => `  ${part}`)];
}

function streamLine(stream: StreamNode, width: number, room: number, paint: Paint): string {
  const { name, state, instances, image, drinksPerSecond, ordersWaiting } = stream;
  const color = state === 'deployed' ? 'green' : state === 'failed' || state === 'error' ? 'red' : 'yellow';
  const facts = [
    ...(instances === undefined ? [] : [`${instances} up`]),
    ...(image === undefined ? [] : [image]),
    ...(drinksPerSecond === undefined ? [] : [`${drinksPerSecond.toFixed(1)} drinks/s`]),
    ...(ordersWaiting === undefined ? [] : [`${ordersWaiting} waiting`]),
  ].join('  ');
  const shown = clip(name, Math.min(width, Math.floor(room / 2)));
  const rest = room - Math.min(width, Math.floor(room / 2)) - state.length - 4;
  const padded = shown.padEnd(Math.min(width, Math.floor(room / 2)));
  return `${padded}  ${paint(color, state)}  ${clip(facts, rest)}`.trimEnd();
}

function podLine(pod: PodNode, room: number, paint: Paint): string {
  const { name, status, ready, restarts, ageSeconds } = pod;
  // Names are for copying: what says nothing makes room for them.
  const again = restarts === 0 ? '' : `${restarts} ${restarts === 1 ? 'restart' : 'restarts'}  `;
  const facts = `${again}${age(ageSeconds)}`;
  const color = ready ? 'green' : status === 'Running' || status === 'Pending' ? 'yellow' : 'red';
  const state = status === 'Running' && !ready ? 'Running, not ready' : status;
  const rest = room - state.length - facts.length - 4;
  return `${clip(name, rest)}  ${paint(color, state)}  ${paint('dim', facts)}`;
}

/** As kubectl does: the two largest units, or one when it is large enough. */
export function age(seconds: number): string {
  const [minute, hour, day] = [60, 3_600, 86_400];
  if (seconds < 2 * minute) return `${seconds}s`;
  if (seconds < 2 * hour) return `${Math.floor(seconds / minute)}m`;
  if (seconds < 2 * day) return `${Math.floor(seconds / hour)}h`;
  return `${Math.floor(seconds / day)}d`;
}

/** Its middle is left out when it is too long: what tells names apart is at their ends. */
export function clip(text: string, room: number): string {
  if (text.length <= room) return text;
  if (room < 2) return text.slice(0, Math.max(0, room));
  const tail = Math.ceil((room - 1) / 2);
  return `${text.slice(0, room - 1 - tail)}…${text.slice(text.length - tail)}`;
}

function wrapped(text: string, room: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > room) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
