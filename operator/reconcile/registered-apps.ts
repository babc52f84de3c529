/** Registrations that a pipeline has made, and whose streams may need them. */
import type { Pipeline } from '../api/types.ts';
import type { AppType, StreamDefinition } from '../dataflow/port.ts';
import type { WantedApp } from '../desired/app.ts';
import { ownerKey } from '../desired/desired.ts';
import type { Dependencies } from './dependencies.ts';

/** What to look up to see which of its registrations are there still. */
export function registeredApps({ status }: Pick<Pipeline, 'status'>): WantedApp[] {
  return (status.apps ?? [])
    .filter((app) => app.registeredByPipeline)
    .map(({ type, name }) => ({ type: type as AppType, name, bootVersion: '3' }));
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
