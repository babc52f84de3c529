import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../runtime/clock.fixtures.ts';
import { kubeConformance } from './conformance.ts';
import { MemoryKube } from './memory.ts';
import { KubeError } from './port.ts';

const bars = { group: 'test.barista.dev', version: 'v1', plural: 'bars', kind: 'Bar', status: true };
const configMaps = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', status: false };

kubeConformance('memory.ts', async () => {
  const api = new MemoryKube([bars, configMaps], new FakeClock());
  return {
    api,
    kind: bars,
    apiVersion: 'test.barista.dev/v1',
    kindName: 'Bar',
    namespace: 'test',
    remove: async (kind, key) => api.delete(kind, key),
    close: async () => undefined,
  };
});

describe('the API server in memory', () => {
  const signal = new AbortController().signal;
  const aServer = (): MemoryKube => new MemoryKube([bars], new FakeClock());

  it('answers 410 to a page or a watch that goes on from a past it has forgotten', async () => {
    const api = aServer();
    for (const name of ['a', 'b']) await api.create(bars, 'test', { metadata: { name } });
    const page = await api.list({ kind: bars }, { limit: 1 }, signal);
    await api.create(bars, 'test', { metadata: { name: 'c' } });
    api.compact();
    const isGone = (error: unknown): boolean => error instanceof KubeError && error.kind === 'gone';
    await assert.rejects(api.list({ kind: bars }, { limit: 1, continue: page.continue! }, signal), isGone);
    const request = { resourceVersion: page.resourceVersion, timeoutSeconds: 1, inactivityMs: 1 };
    await assert.rejects(api.watch({ kind: bars }, request, signal)[Symbol.asyncIterator]().next(), isGone);
  });

  it('gives out objects that nobody can change', async () => {
    const created = await aServer().create(bars, 'test', { metadata: { name: 'a' }, spec: { cups: 1 } });
    assert.throws(() => ((created.spec as { cups: number }).cups = 2), TypeError);
  });
});
