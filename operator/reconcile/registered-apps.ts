/** Registrations that a pipeline has made, and whose streams may need them. */
import type { Pipeline } from '../api/types.ts';
import type { AppKey, AppType, StreamDefinition } from '../dataflow/port.ts';
import type { WantedApp } from '../desired/app.ts';
import { ownerKey } from '../desired/desired.ts';
import type { Execution } from '../execute/execute.ts';
import type { Dependencies } from './dependencies.ts';

/** The pipeline's own, whether it uses them still or not. */
export function registrationsOf({ status }: Pick<Pipeline, 'status'>): AppKey[] {
  return (status.apps ?? [])
    .filter((app) => app.registeredByPipeline)
    .map(({ type, name, version }) => ({ type: type as AppType, name, version }));
}

/** What to look up to see which of its registrations are there still. */
export function registeredApps(pipeline: Pick<Pipeline, 'status'>): WantedApp[] {
  return registrationsOf(pipeline).map(({ type, name }) => ({ type, name, bootVersion: '3' }));
}

export function registeredBy({ done }: Execution): AppKey[] {
  return done.flatMap((step) => (step.kind === 'register' ? [step.app] : []));
}

/** The registrations that an execution took away, or that SCDF would not let go: the pipeline's no more. */
export function droppedBy({ done, declined }: Execution): AppKey[] {
  const steps = [...done, ...declined.map(({ step }) => step)];
  return steps.flatMap((step) => (step.kind === 'unregister' ? [step.app] : []));
}

/** Which streams are of nobody whose claims are known: made by hand, by another operator, or left by a pipeline that is gone. */
export function foreignTo({
  instance,
  claims,
}: Pick<Dependencies, 'instance' | 'claims'>): (definition: StreamDefinition) => boolean {
  return ({ description }) => {
    const owner = ownerKey(instance, description);
    return owner === undefined || !claims.has(owner);
  };
}
