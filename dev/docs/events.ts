/** docs/events.md, from the operator's own decision what to tell. Pure. */
import type { PipelineStatus } from '../../operator/api/types.ts';
import { conditionEvents, eventReasons } from '../../operator/status/events.ts';
import { podReasons, reasons } from '../../operator/status/reasons.ts';
import { situations, statusIn } from '../../operator/status/situations.fixtures.ts';
import { code, escape, generatedFrom, table } from './table.ts';

export function eventsPage(): string {
  const told = Object.entries({ ...reasons, ...podReasons }).flatMap(([reason, meaning]) => {
    const types = typesOf(reason);
    return types.length === 0 ? [] : [[link(reason), types.map(code).join(', '), escape(meaning)]];
  });
  return [
    '# Events',
    generatedFrom('operator/status'),
    '`kubectl describe bp NAME` and `kubectl events --for bp/NAME` show them, [`kubectl barista events NAME`](plugin.md) in the order in which they came. [Reasons](reasons.md) has what each means and what to do.',
    '## What was written to SCDF',
    'One event of type `Normal` for all that one turn of the operator changed there; its reason is the first of these that happened, and its message tells all of it.',
    table(
      ['Reason', 'Meaning'],
      Object.entries(eventReasons).map(([reason, meaning]) => [link(reason), escape(meaning)]),
    ),
    '## How the pipeline is',
    'One event when the condition `Ready` becomes `True`, or gets another reason that one would want to be told of; its message is that of the condition. What happens with every change has no event of its own: those above tell of it.',
    table(['Reason', 'Type', 'Meaning'], told),
  ].join('\n\n');
}

const link = (reason: string): string => `[${code(reason)}](reasons.md#${reason.toLowerCase()})`;

/** Of the events that the situations of this reason make; of a reason that is made elsewhere, what the condition alone makes. */
function typesOf(reason: string): readonly string[] {
  const mine = situations.filter((it) => it.reason === reason);
  const statuses = mine.length === 0 ? [notReady(reason)] : mine.map(statusIn);
  const events = statuses.flatMap((status) => conditionEvents({}, status));
  return [...new Set(events.filter((it) => it.reason === reason).map(({ type }) => type))];
}

function notReady(reason: string): PipelineStatus {
  const condition = { type: 'Ready', status: 'False', reason, message: '', lastTransitionTime: '' } as const;
  return { conditions: [{ ...condition, observedGeneration: 1 }] };
}
