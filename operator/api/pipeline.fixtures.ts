/** Pipelines for tests, made the way the API server's objects are read. */
import assert from 'node:assert/strict';
import type { KubeObject } from '../kube/port.ts';
import type { Pipeline } from './types.ts';
import { parsePipeline } from './validate.ts';

export interface PipelineFixture {
  readonly name?: string;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: unknown;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly metadata?: Partial<KubeObject['metadata']>;
}

export const topics = { orders: 'orders', hotDrinks: 'hotDrinks', coldDrinks: 'coldDrinks' } as const;

export function aPipelineObject(fixture: PipelineFixture = {}): KubeObject {
  const name = fixture.name ?? 'downtown';
  return {
    apiVersion: 'barista.dev/v1alpha1',
    kind: 'BaristaPipeline',
    metadata: {
      name,
      namespace: 'cafe',
      uid: `uid-${name}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-11-23T20:00:00Z',
      ...(fixture.annotations === undefined ? {} : { annotations: fixture.annotations }),
      ...fixture.metadata,
    },
    spec: { topics, ...fixture.spec },
    status: fixture.status,
  };
}

export function aPipeline(fixture: PipelineFixture = {}): Pipeline {
  const parsed = parsePipeline(aPipelineObject(fixture));
  assert.ok('pipeline' in parsed, JSON.stringify(parsed));
  return parsed.pipeline;
}
