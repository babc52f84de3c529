import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KubeError } from '../kube/port.ts';
import { createLogger, type LogLevel, type RootLog } from './logger.ts';
import { textLine } from './text-line.ts';

function aLogger(format: 'json' | 'text', level: LogLevel = 'info'): { log: RootLog; lines: string[] } {
  const lines: string[] = [];
  const log = createLogger({ format, level, destination: { write: (line) => void lines.push(line) } });
  return { log, lines };
}

describe('the logger', () => {
  it('writes one line of JSON with a constant message, its fields and its child fields', () => {
    const { log, lines } = aLogger('json');
    log.child({ controller: 'bp' }).warn('reconcile failed', { key: 'bar/downtown', failures: 2 });
    const { time, ...rest } = JSON.parse(lines[0]!) as Record<string, unknown>;
    assert.match(time as string, /^\d{4}-\d\d-\d\dT.*Z$/);
    assert.deepEqual(rest, {
      level: 'warn',
      controller: 'bp',
      key: 'bar/downtown',
      failures: 2,
      message: 'reconcile failed',
    });
  });

  it('writes errors that are expected with their kind, and without a stack', () => {
    const { log, lines } = aLogger('json');
    log.error('no', {
      err: new KubeError('conflict', 'modified', { status: 409, cause: new Error('deeper') }),
    });
    const { err } = JSON.parse(lines[0]!) as { err: Record<string, unknown> };
    assert.deepEqual(err, { name: 'KubeError', kind: 'conflict', message: 'modified' });
  });

  it('writes what is a bug with its stack and cause', () => {
    const { log, lines } = aLogger('json');
    log.error('no', { err: new Error('impossible', { cause: new Error('deeper') }) });
    const { err } = JSON.parse(lines[0]!) as { err: Record<string, unknown> };
    assert.match(err['stack'] as string, /logger\.test\.ts[\s\S]*deeper/);
  });

  it('changes its level while it runs, that of children made before as well', () => {
    const { log, lines } = aLogger('json');
    const child = log.child({ a: 1 });
    child.debug('unheard');
    log.setLevel('debug');
    child.debug('heard');
    log.setLevel('error');
    child.warn('unheard');
    log.warn('unheard');
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /"heard"/);
  });

  it('writes text for people', () => {
    const { log, lines } = aLogger('text');
    log.child({ resource: 'pods' }).info('watching', { version: 7, labels: { a: 'b' } });
    assert.match(
      lines[0]!,
      /^\d\d:\d\d:\d\d\.\d{3} INFO {2}watching {2}resource=pods {2}version=7 {2}labels=\{"a":"b"\}\n$/,
    );
  });

  it('writes the stack of an error below the text, and leaves alone what is not its own', () => {
    const { log, lines } = aLogger('text');
    log.error('reconcile threw', { err: new TypeError('x is undefined') });
    assert.match(lines[0]!, /^\S+ ERROR reconcile threw\n {4}TypeError: x is undefined\n {8}at /);
    assert.equal(textLine('not json\n'), 'not json\n');
  });
});
