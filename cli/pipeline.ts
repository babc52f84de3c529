/** A pipeline as kubectl gives it; of an object of somebody else's version anything may be missing. */
import {
  GROUP,
  PIPELINES,
  type Condition,
  type PipelineStatus,
  type Role,
  type StreamStatus,
} from '../operator/api/types.ts';
import { CliError } from './errors.ts';
import type { Kubectl } from './kubectl.ts';

export const RESOURCE = `${PIPELINES.plural}.${GROUP}`;

export interface Pipeline {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly generation: number;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly status?: PipelineStatus;
}

/** @throws CliError when there is none of that name */
export async function pipelineOf(kubectl: Kubectl, name: string): Promise<Pipeline> {
  return JSON.parse(await kubectl.output(['get', RESOURCE, name, '--output=json'])) as Pipeline;
}

/** Ready, when it is about the pipeline as it is now. */
export function readyOf({ metadata, status }: Pipeline): Condition | undefined {
  if (status?.observedGeneration !== metadata.generation) return undefined;
  return status.conditions?.find(({ type }) => type === 'Ready');
}

/** By the words that people say. */
const roles: Readonly<Record<string, Role>> = {
  customer: 'orders',
  orders: 'orders',
  barista: 'bar',
  bar: 'bar',
  worker: 'bar',
  hot: 'hotDrink',
  cold: 'coldDrink',
};

/** The streams of a role, or all. @throws CliError when there is no such role, or no stream */
export function streamsOf(pipeline: Pipeline, word: string | undefined): readonly StreamStatus[] {
  const all = pipeline.status?.streams ?? [];
  const role = word === undefined ? undefined : roles[word];
  if (word !== undefined && role === undefined)
    throw new CliError(`There is no role "${word}": say customer, barista, hot or cold.`);
  const found = role === undefined ? all : all.filter((stream) => stream.role === role);
  if (found.length > 0) return found;
  const { name } = pipeline.metadata;
  throw new CliError(
    word === undefined
      ? `Pipeline ${name} has no streams yet: kubectl barista tree ${name} says why.`
      : `Pipeline ${name} has no stream for ${word}: it is switched off in its spec, or not made yet.`,
  );
}

export function selectorOf(streams: readonly StreamStatus[]): string {
  return `spring-group-id in (${streams.map(({ name }) => name).join(', ')})`;
}
