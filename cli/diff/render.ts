/** A plan as text. Pure. */
import { titleOf } from '../../operator/plan/registrations.ts';
import type { Plan, Step } from '../../operator/plan/step.ts';

/** Nothing would be done, and nothing is amiss. */
export function isNothing({ steps, verdicts }: Plan): boolean {
  return steps.length === 0 && verdicts.every(({ kind }) => kind === 'none');
}

/** @param where the server, as a person knows it */
export function describe(plan: Plan, pipeline: string, where: string): string {
  if (isNothing(plan)) return `${pipeline} is in SCDF (${where}) as it should be: nothing would be done.\n`;
  const width = Math.max(...plan.verdicts.map(({ stream }) => stream.length));
  const verdicts = plan.verdicts.map(({ kind, stream, message }) =>
    `  ${stream.padEnd(width)}  ${kind}${message === '' ? '' : `: ${message}`}`.trimEnd(),
  );
  const steps = plan.steps.map((step, index) => `  ${index + 1}. ${stepOf(step)}`);
  const what = steps.length === 0 ? ['Nothing would be written.'] : ['It would:', ...steps];
  return [`${pipeline} in SCDF (${where}):`, ...verdicts, ...what, ''].join('\n');
}

function stepOf(step: Step): string {
  const what = 'app' in step ? titleOf(step.app) : `stream ${step.stream}`;
  const words: Readonly<Record<Step['kind'], string>> = {
    register: 'register',
    makeDefault: 'make the default version',
    unregister: 'unregister',
    create: 'create',
    deploy: 'deploy',
    update: 'update',
    scale: 'scale',
    undeploy: 'undeploy',
    delete: 'delete',
  };
  return `${words[step.kind]} ${what}${step.reason === '' ? '' : `: ${step.reason}`}`;
}
