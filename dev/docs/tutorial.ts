/** The commands of a page that takes its reader by the hand, and whether what they print is what the page shows. Pure. */
import { codeBlocksOf } from './markdown.ts';

export interface Lesson {
  /** What a reader types: a block of `sh`. */
  readonly commands: string;
  /** What the page shows of the output: the block of `text` after it; undefined when it shows none. */
  readonly shown: string | undefined;
  /** Line of the page. */
  readonly line: number;
}

/** @throws Error on a block of output that has no commands before it */
export function lessonsOf(markdown: string): readonly Lesson[] {
  const lessons: Lesson[] = [];
  for (const { language, text, line } of codeBlocksOf(markdown)) {
    if (language === 'sh') lessons.push({ commands: text, shown: undefined, line });
    if (language !== 'text') continue;
    const before = lessons.pop();
    if (before === undefined || before.shown !== undefined)
      throw new Error(`The output in line ${line} stands behind no commands.`);
    lessons.push({ ...before, shown: text });
  }
  return lessons;
}

/**
 * The first line of what is shown that was not printed, after those before it; undefined when all were. White space counts as one blank, an age (`20s`, `3m5s`) as any other, and `…` as
 * anything.
 */
export function notPrinted(shown: string, printed: string): string | undefined {
  const lines = printed.split('\n');
  let from = 0;
  for (const wanted of shown.split('\n').filter((line) => line.trim() !== '')) {
    const pattern = patternOf(wanted);
    const at = lines.findIndex((line, index) => index >= from && pattern.test(line.trim()));
    if (at < 0) return wanted;
    from = at + 1;
  }
  return undefined;
}

function patternOf(line: string): RegExp {
  const words = line.trim().split(/\s+/).map(wordOf);
  // A blank before or after `…` is part of what may be anything.
  return new RegExp(`^${words.join('\\s+').replaceAll('\\s+.*', '.*').replaceAll('.*\\s+', '.*')}$`);
}

function wordOf(word: string): string {
  if (/^(\d+[smhd])+$/.test(word)) return '(\\d+[smhd])+';
  return word
    .split('…')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('.*');
}
