/** A table of Markdown; prettier aligns it. Cells are Markdown already. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Plain text as Markdown that shows it: nothing of it is taken for a mark. */
export function escape(text: string): string {
  return text.replaceAll(/[\\|<>*_[\]`]/g, String.raw`\$&`);
}

/** Code in a cell. */
export function code(text: string): string {
  return `\`${text.replaceAll('|', String.raw`\|`)}\``;
}

/** What stands below the title of a page that is generated. */
export function generatedFrom(source: string): string {
  return `<!-- Generated from ${source} by \`make docs\`: change that, not this page. -->`;
}
