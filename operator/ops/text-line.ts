/** A JSON log line for people: `12:03:04.567 WARN  lease lost  holder=b  retryInMs=800`. Pure. */

const labels: Readonly<Record<string, string>> = {
  debug: 'DEBUG',
  info: 'INFO ',
  warn: 'WARN ',
  error: 'ERROR',
};

/** @param json One line as pino writes it, with its line end. What is no such line is given back as it is. */
export function textLine(json: string): string {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return json;
  }
  const { level, time, message, err, ...fields } = record;
  const parts = [text(time).slice(11, 23), labels[text(level)] ?? text(level), text(message)];
  for (const [name, value] of Object.entries(fields)) parts.push(` ${name}=${text(value)}`);
  const error = err === undefined ? '' : `\n${indent(errorText(err))}`;
  return `${parts.join(' ')}${error}\n`;
}

/** The stack where there is one: it begins with the message. */
function errorText(err: unknown): string {
  if (typeof err !== 'object' || err === null) return text(err);
  const { stack, type, message } = err as Record<string, unknown>;
  return typeof stack === 'string' ? stack : `${text(type)}: ${text(message)}`;
}

function indent(lines: string): string {
  return lines.replace(/^/gm, '    ');
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value);
}
