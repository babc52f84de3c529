/** Registrations that a pipeline has made, and whose streams may need them. */
import type { Pipeline } from '../api/types.ts';
import { DataflowError, type AppKey, type AppType, type StreamDefinition } from '../dataflow/port.ts';
import type { WantedApp } from '../desired/app.ts';
import { ownerKey } from '../desired/desired.ts';
import type { Execution } from '../execute/execute.ts';
import { withForeignApps } from '../observed/observe.ts';
import type { Observed } from '../observed/observed.ts';
import type { Dependencies, Server } from './dependencies.ts';

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

/**
 * Adds who else uses the registrations that may have to go; undefined when the server cannot list its streams. Nothing that serves or is
 * deleted turns on it: what is not needed any more stays registered until the list can be had.
 */
export async function withUsers(
  observed: Observed,
  isForeign: (definition: StreamDefinition) => boolean,
  {
    key,
    server,
    deps,
    signal,
  }: { key: string; server: Server; deps: Pick<Dependencies, 'log'>; signal: AbortSignal },
): Promise<Observed | undefined> {
  try {
    return await withForeignApps(observed, isForeign, { ...server, signal });
  } catch (error) {
    if (!(error instanceof DataflowError)) throw error;
    const fields = { pipeline: key, server: server.config.name, reason: error.kind, err: error };
    deps.log.debug('the streams of the server cannot be listed', fields);
    return undefined;
  }
}
