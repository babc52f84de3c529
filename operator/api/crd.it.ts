/** The CRD on a real API server: it is installable, and it accepts and refuses what `parsePipeline` does. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ApiException, CustomObjectsApi, KubeConfig } from '@kubernetes/client-node';
import type { KubeObject } from '../kube/port.ts';
import { type Accepted, accepted, minimal, pipelineObject, topics } from './accepted.fixtures.ts';
import { refusedNames } from './refused-names.fixtures.ts';
import { refusedSettings } from './refused-settings.fixtures.ts';
import { annotations, GROUP, KIND, PIPELINES, VERSION } from './types.ts';
import { parsePipeline } from './validate.ts';

const config = new KubeConfig();
const namespace = 'default';
const deadlineMs = 20_000;

function kubectl(...args: readonly string[]): string {
  return execFileSync('kubectl', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
}

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
    assert.ok(
      performance.now() - started < deadlineMs,
      'the API server does not validate by the CRD in time',
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('the CRD on the API server', () => {
  before(async () => {
    config.loadFromDefault();
    // kubectl, because client-node's models drop fields of the schema (x-kubernetes-int-or-string).
    const crd = fileURLToPath(new URL('../../crds/baristapipelines.yaml', import.meta.url));
    kubectl('apply', '--server-side', '--force-conflicts', '-f', crd);
    kubectl('wait', '--for=condition=Established', '--timeout=20s', `crd/${PIPELINES.plural}.${GROUP}`);
    // Validation by a new schema begins a moment after the CRD was written.
    await until(async () => 'causes' in (await dryRun({ title: '', spec: {} })));
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

  for (const fixture of [...refusedNames, ...refusedSettings]) {
    test(`refused: ${fixture.title}`, async () => {
      const result = await dryRun(fixture);
      assert.ok('causes' in result, 'it was accepted');
      const field = fixture.serverPath ?? fixture.path;
      const message = fixture.serverMessage ?? fixture.message;
      const found = result.causes.some((cause) => cause.field === field && cause.message.includes(message));
      assert.ok(found, `${field}: ${message}\nis not among\n${JSON.stringify(result.causes, null, 2)}`);
    });
  }

  test('the samples are accepted', () => {
    const samples = fileURLToPath(new URL('../../manifests/samples', import.meta.url));
    assert.match(kubectl('apply', '--dry-run=server', '-n', namespace, '-f', samples), /recipe created/);
  });

  test('an unknown field is refused', async () => {
    const request = dryRun({ title: '', spec: { ...minimal, topix: topics } });
    await assert.rejects(request, /unknown field \W+spec\.topix/);
  });

  describe('a stored pipeline', () => {
    // Paused, so that an operator which runs here leaves it alone.
    const name = 'crd-test';
    const api = () => config.makeApiClient(CustomObjectsApi);
    const remove = async () => {
      try {
        await api().deleteNamespacedCustomObject({ ...PIPELINES, namespace, name });
      } catch (error) {
        if (!(error instanceof ApiException) || error.code !== 404) throw error;
      }
    };

    before(async () => {
      await remove();
      const metadata = { name, namespace, annotations: { [annotations.paused]: 'true' } };
      const body = { apiVersion: `${GROUP}/${VERSION}`, kind: KIND, metadata, spec: minimal };
      await api().createNamespacedCustomObject({ ...PIPELINES, namespace, body });
    });
    after(remove);

    /** A merge patch by kubectl, of which nothing is stored. */
    const patch = (spec: object) =>
      kubectl(
        'patch',
        'bp',
        name,
        '-n',
        namespace,
        '--dry-run=server',
        '--type=merge',
        '-p',
        JSON.stringify({ spec }),
      );

    test('takes another version of a default app: no stored default stands in its way', () => {
      assert.match(patch({ customer: { app: { version: '5.1.0' } } }), /patched/);
    });

    test('takes another app', () => {
      assert.match(patch({ hotDrinkLog: { app: { name: 'sink', uri: 'docker:acme/sink:2' } } }), /patched/);
    });

    describe('on another server', () => {
      const elsewhere = { dataflow: { server: 'elsewhere' } };
      const setStreams = (streams: readonly object[]) => {
        const body = JSON.stringify({ status: { streams } });
        kubectl('patch', 'bp', name, '-n', namespace, '--subresource=status', '--type=merge', '-p', body);
      };
      const bar = { name: `${name}-bar`, role: 'bar', state: 'absent' };

      test('is taken while the status has no streams: a server that nobody knows can be corrected', () => {
        assert.match(patch(elsewhere), /patched/);
        setStreams([]);
        assert.match(patch(elsewhere), /patched/);
      });

      test('is refused with streams in the status, and all else is taken', () => {
        setStreams([bar]);
        assert.throws(
          () => patch(elsewhere),
          /spec\.dataflow\.server.*delete the pipeline and apply it anew/,
        );
        assert.match(patch({ dataflow: { server: null, platform: 'other' }, state: 'Stopped' }), /patched/);
        setStreams([{ ...bar, state: 'deployed' }]);
        setStreams([]);
        assert.match(patch(elsewhere), /patched/);
      });
    });

    test('is scaled by kubectl, but not below nothing', () => {
      const scale = (replicas: number) =>
        kubectl('scale', `bp/${name}`, '-n', namespace, `--replicas=${replicas}`);
      assert.match(scale(3), /scaled/);
      assert.throws(() => scale(-1), /replicas/);
      assert.equal(
        kubectl('get', 'bp', name, '-n', namespace, '-o', 'jsonpath={.spec.barista.replicas}'),
        '3',
      );
    });

    test('is shown with its columns', () => {
      const [header = '', row = ''] = kubectl('get', 'barista', '-n', namespace, '-o', 'wide').split('\n');
      const columns = ['NAME', 'READY', 'STATUS', 'STREAMS', 'REPLICAS', 'AGE'];
      const wide = ['ORDERS', 'HOT', 'COLD', 'SERVER', 'DELIVERY', 'IMAGE'];
      assert.deepEqual(header.trim().split(/ +/), [...columns, ...wide]);
      assert.match(row, /orders +hotDrinks +coldDrinks +default +AtLeastOnce/);
    });
  });
});
