/** The resource as YAML, with what there is to know of it in comments at its head: pure. */
import { stringify } from 'yaml';
import type { Plan } from '../../operator/plan/step.ts';
import { isNothing } from '../diff/render.ts';
import type { Description } from './describe.ts';

const WIDTH = 98;

/**
 * @param plan what the operator would do with it; undefined: nobody knows
 * @param where the server, as a person knows it
 */
export function render(
  { resource, owner, remarks }: Description,
  plan: Plan | undefined,
  where: string,
): string {
  const adopts = resource.metadata.annotations !== undefined;
  const head = [
    ...comment(`Read from SCDF at ${where}: ${whose(owner)}`),
    ...planned(plan),
    ...[...remarks, unseen, ...(adopts ? [adopting] : [])].flatMap(item),
  ];
  return `${head.join('\n')}\n${stringify(resource, { lineWidth: 0 })}`;
}

const adopting =
  'Take the annotation barista.dev/adopt away when the pipeline is ready: from then on it would only take what somebody else makes under these names.';

const unseen =
  'Not to be seen in SCDF, so that the defaults hold: deletionPolicy, progressDeadlineSeconds and barista.upgrade; and topics.partitions and .replicationFactor ' +
  'where no app was given them, which count only for topics that are made.';

function whose(owner: Description['owner']): string {
  if (owner.kind === 'nobody') return 'a bar that was made by hand.';
  const { instance, namespace, name } = owner;
  if (owner.kind === 'pipeline')
    return `the streams of pipeline ${namespace}/${name}, which is this operator's.`;
  return (
    `the streams of pipeline ${namespace}/${name} of another operator (instance ${instance}). As long as that one looks after it, both would make them anew ` +
    'in turn: delete it there first, with deletionPolicy: Orphan.'
  );
}

function planned(plan: Plan | undefined): string[] {
  if (plan === undefined)
    return comment(
      'What the operator would do with it is not known: no operator is to be seen in this cluster. kubectl barista diff -f FILE says it once there is one.',
    );
  if (isNothing(plan)) return comment('Applied, the operator finds all as it should be, and does nothing.');
  const changes = plan.verdicts.filter(({ kind }) => kind !== 'none');
  return [
    ...comment('Applied, the operator would do this (kubectl barista diff -f FILE shows each step):'),
    ...changes.flatMap(({ kind, stream, message }) => item(`${kind}: ${message === '' ? stream : message}`)),
  ];
}

function item(text: string): string[] {
  return comment(text).map((line, index) => line.replace(/^# /, index === 0 ? '# - ' : '#   '));
}

/** No line of it can end the comment, whatever the text is. */
function comment(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length > WIDTH) lines.push(`# ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
