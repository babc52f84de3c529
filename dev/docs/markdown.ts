/** What is needed of a Markdown page: its headings and links. Pure. */

export interface Heading {
  readonly level: number;
  readonly text: string;
  /** What stands behind the `#` of a link to it. */
  readonly anchor: string;
}

export interface Link {
  /** 1 is the first. */
  readonly line: number;
  readonly target: string;
}

/** A block of code, without its fences. */
export interface CodeBlock {
  /** The first word behind the fence; empty when there is none. */
  readonly language: string;
  readonly text: string;
  readonly line: number;
}

/** The anchor that GitHub gives a heading; the site is told to give the same. A second one of the same text gets `-1`, which the caller adds. */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .trim()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}

export function headingsOf(markdown: string): readonly Heading[] {
  const seen = new Map<string, number>();
  return prose(markdown).flatMap(({ text: line }) => {
    const [, marks = '', raw = ''] = /^(#{1,6}) +(.*?) *#*$/.exec(line) ?? [];
    if (marks === '') return [];
    const text = plain(raw);
    const own = slug(text);
    const before = seen.get(own) ?? 0;
    seen.set(own, before + 1);
    return [{ level: marks.length, text, anchor: before === 0 ? own : `${own}-${before}` }];
  });
}

/** Links and pictures, also those that are defined at the foot of the page; not what only looks like one in code. */
export function linksOf(markdown: string): readonly Link[] {
  return prose(markdown).flatMap(({ text, line }) => {
    const bare = text.replaceAll(/(`+)(?!`).*?(?<!`)\1(?!`)/g, '');
    const inline = bare.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g);
    const defined = bare.matchAll(/^ {0,3}\[[^\]]+\]: *<?([^\s>]+)>?/g);
    return [...inline, ...defined].map(([, target = '']) => ({ line, target }));
  });
}

export function codeBlocksOf(markdown: string): readonly CodeBlock[] {
  const found: CodeBlock[] = [];
  let open: { fence: string; language: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    const [, fence = '', language = ''] = /^\s*(`{3,}|~{3,})\s*(\S*)/.exec(line) ?? [];
    if (open === undefined) {
      if (fence !== '') open = { fence, language, line: index + 2, lines: [] };
    } else if (fence.startsWith(open.fence) && language === '') {
      found.push({ language: open.language, text: open.lines.join('\n'), line: open.line });
      open = undefined;
    } else open.lines.push(line);
  }
  return found;
}

interface Line {
  readonly line: number;
  readonly text: string;
}

/** The lines that are no code. */
function prose(markdown: string): readonly Line[] {
  const inCode = new Set(
    codeBlocksOf(markdown).flatMap(({ line, text }) => text.split('\n').map((_, index) => line + index)),
  );
  return markdown
    .split('\n')
    .map((text, index) => ({ line: index + 1, text }))
    .filter(({ line }) => !inCode.has(line));
}

/** A heading's words without their marks. */
function plain(text: string): string {
  return text
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[`*]/g, '')
    .replaceAll(/\\([\\`*_{}[\]()#+\-.!|<>])/g, '$1');
}
