/** The CRD on a real API server: it is installable, and it accepts and refuses what `parsePipeline` does. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import {
  ApiextensionsV1Api,
  ApiException,
  CustomObjectsApi,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
} from '@kubernetes/client-node';
import { parse } from 'yaml';
import type { KubeObject } from '../kube/port.ts';
import { type Accepted, accepted, minimal, pipelineObject, refused, topics } from './pipelines.fixtures.ts';
import { GROUP, KIND, PIPELINES, VERSION } from './types.ts';
import { parsePipeline } from './validate.ts';

const config = new KubeConfig();
const namespace = 'default';
const deadlineMs = 20_000;

interface Cause {
  readonly field: string;
  readonly message: string;
}

/** What the API server would store, or why it would not. Nothing is stored. */
async function dryRun(fixture: Accepted): Promise<{ stored: KubeObject } | { causes: readonly Cause[] }> {
  const body = {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: KIND,
    metadata: { name: fixture.name ?? 'downtown', namespace },
    spec: fixture.spec,
  };
  const request = { ...PIPELINES, namespace, body, dryRun: 'All', fieldValidation: 'Strict' };
  try {
    const stored: unknown = await config
      .makeApiClient(CustomObjectsApi)
      .createNamespacedCustomObject(request);
    return { stored: stored as KubeObject };
  } catch (error) {
    if (!(error instanceof ApiException) || error.code !== 422) throw error;
    const status = JSON.parse(String(error.body)) as { details: { causes: Cause[] } };
    return { causes: status.details.causes };
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const started = performance.now();
  while (!(await condition())) {
    assert.ok(performance.now() - started < deadlineMs, 'the CRD was not established in time');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('the CRD on the API server', () => {
  before(async () => {
    config.loadFromDefault();
    const text = readFileSync(new URL('../../crds/baristapipelines.yaml', import.meta.url), 'utf8');
    const crd = parse(text) as Parameters<KubernetesObjectApi['patch']>[0];
    await KubernetesObjectApi.makeApiClient(config).patch(
      crd,
      undefined,
      undefined,
      'barista-tests',
      true,
      PatchStrategy.ServerSideApply,
    );
    const name = `${PIPELINES.plural}.${GROUP}`;
    await until(async () => {
      const { status } = await config
        .makeApiClient(ApiextensionsV1Api)
        .readCustomResourceDefinition({ name });
      return (status?.conditions ?? []).some((it) => it.type === 'Established' && it.status === 'True');
    });
    // Validation by a new schema begins a moment after the CRD was written.
    await until(async () => 'causes' in (await dryRun({ title: '', spec: {} })));
  });

  test('it keeps to what the API server demands of a schema', async () => {
    const name = `${PIPELINES.plural}.${GROUP}`;
    const { status } = await config.makeApiClient(ApiextensionsV1Api).readCustomResourceDefinition({ name });
    const broken = (status?.conditions ?? []).filter((it) => it.type === 'NonStructuralSchema');
    assert.deepEqual(broken, []);
  });

  for (const fixture of accepted) {
    test(`accepted: ${fixture.title}`, async () => {
      const result = await dryRun(fixture);
      assert.ok('stored' in result, JSON.stringify(result));
      const asStored = parsePipeline(result.stored);
      const asWritten = parsePipeline(pipelineObject(fixture));
      assert.ok('pipeline' in asStored && 'pipeline' in asWritten, JSON.stringify([asStored, asWritten]));
      assert.deepEqual(asStored.pipeline.spec, asWritten.pipeline.spec);
    });
  }

  for (const fixture of refused) {
    test(`refused: ${fixture.title}`, async () => {
      const result = await dryRun(fixture);
      assert.ok('causes' in result, 'it was accepted');
      const field = fixture.serverPath ?? fixture.path;
      const message = fixture.serverMessage ?? fixture.message;
      const found = result.causes.some((cause) => cause.field === field && cause.message.includes(message));
      assert.ok(found, `${field}: ${message}\nis not among\n${JSON.stringify(result.causes, null, 2)}`);
    });
  }

  test('an unknown field is refused', async () => {
    const request = dryRun({ title: '', spec: { ...minimal, topix: topics } });
    await assert.rejects(request, /unknown field \\?"spec.topix/);
  });
});
