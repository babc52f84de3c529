/** docs/reasons.md and the code are held together: every reason has its section, and the messages shown are those that are made. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { eventReasons } from './events.ts';
import { podReasons, reasons } from './reasons.ts';
import { situations, statusIn } from './situations.fixtures.ts';
import { eventCases, eventOf } from './written.fixtures.ts';

const page = readFileSync(new URL('../../docs/reasons.md', import.meta.url), 'utf8');
/** By reason; the heading is its anchor. */
const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((text) => {
      const [heading = '', ...body] = text.split('\n');
      return [heading.replaceAll('`', ''), body.join('\n').split(/^## /m)[0] ?? ''] as const;
    }),
);
const known = [...Object.keys(reasons), ...Object.keys(podReasons), ...Object.keys(eventReasons)];

describe('the page of reasons', () => {
  test('has a section for each reason, and none without', () => {
    assert.deepEqual([...sections.keys()].sort(), [...new Set(known)].sort());
  });

  for (const [reason, text] of sections) {
    test(`${reason}: what it means`, () => assert.match(text, /^\n\S[^\n]{20,}/));
  }

  for (const it of situations) {
    const made = statusIn(it).conditions?.find(({ type }) => type === (it.type ?? 'Ready'));
    test(`shows what is made: ${it.reason}: ${made?.message ?? ''}`, () => {
      assert.equal(made?.reason, it.reason);
      const lines = sections.get(it.reason)?.split('\n');
      assert.ok(lines?.includes(made.message), `the section ${it.reason} has no line\n${made.message}`);
    });
  }

  for (const it of eventCases) {
    test(`shows the event: ${it.name}`, () => {
      const made = eventOf(it);
      assert.ok(
        sections
          .get(made?.reason ?? '')
          ?.split('\n')
          .includes(made?.note ?? ''),
        made?.note,
      );
    });
  }

  test('every reason of a stream or server in trouble is among the situations', () => {
    // Those of the reconciler itself are made elsewhere.
    const elsewhere = [
      'Paused',
      'InvalidSpec',
      'UnknownServer',
      'InternalError',
      'Deleting',
      'NoLongerWanted',
    ];
    const shown = new Set([...situations.map(({ reason }) => reason), ...elsewhere]);
    assert.deepEqual(
      [...Object.keys(reasons), ...Object.keys(podReasons)].filter((reason) => !shown.has(reason)),
      [],
    );
  });

  test('every message about a stream names it, and about a server both', () => {
    for (const it of situations) {
      const status = statusIn(it);
      const message = status.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
      if (status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true)
        continue;
      assert.match(message, /downtown-(bar|orders|hot-drink|cold-drink)|app barista-app 1\.0\.0/, it.reason);
      if (it.failure !== undefined) assert.match(message, /^SCDF server default, /);
    }
  });
});
