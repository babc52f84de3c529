/** A corner of the real API server for one test: a namespace and a kind of its own, removed at the end. */
import { systemClock } from '../runtime/clock.ts';
import { KubeClient } from './client.ts';
import type { Harness } from './conformance.ts';
import type { Connection } from './connection.ts';
import { connect, loadKubeConfig } from './kube-config.ts';
import { KubeError, type KubeObject, type ResourceKind } from './port.ts';
import { RestClient } from './rest.ts';
import { until } from './until.fixtures.ts';

export interface Corner extends Harness {
  readonly api: KubeClient;
  readonly connection: Connection;
}

const crds: ResourceKind = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
};
const namespaces: ResourceKind = { group: '', version: 'v1', plural: 'namespaces' };

/** To the cluster of KUBECONFIG, and to no other one that may be configured on the machine. */
export function connectToStack(): Connection {
  const file = process.env['KUBECONFIG'];
  if (file === undefined || file === '') {
    throw new Error('KUBECONFIG is not set: run `make stack-up`, then `. .stack/env`');
  }
  return connect(loadKubeConfig(file), systemClock);
}

export function clientOf(connection: Connection, mayWrite?: () => boolean): KubeClient {
  const rest = new RestClient({
    connection,
    clock: systemClock,
    userAgent: 'barista-tests',
    ...(mayWrite === undefined ? {} : { mayWrite }),
  });
  return new KubeClient(rest, systemClock);
}

/** @param name Sets the kind and the namespace apart from those of other tests. */
export async function openCorner(name: string): Promise<Corner> {
  const connection = connectToStack();
  const api = clientOf(connection);
  const id = `${name}-${process.pid}`;
  const group = `${id}.test.barista.dev`;
  const namespace = `barista-test-${id}`;
  const kind: ResourceKind = { group, version: 'v1', plural: 'bars' };
  await api.create(crds, undefined, definitionOf(group));
  await api.create(namespaces, undefined, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  await untilServed(api, kind);
  return {
    api,
    connection,
    kind,
    apiVersion: `${group}/v1`,
    kindName: 'Bar',
    namespace,
    remove: (of, key) => api.delete(of, key),
    close: async () => {
      await api.delete(crds, { name: `bars.${group}` });
      await api.delete(namespaces, { name: namespace });
      connection.close();
    },
  };
}

/** A CRD is served a moment after it was created, and watched a moment later still. */
async function untilServed(api: KubeClient, kind: ResourceKind): Promise<void> {
  const signal = AbortSignal.timeout(20_000);
  await until('the test kind is served', async () => {
    const crd = await api.get(crds, { name: `${kind.plural}.${kind.group}` });
    if (!isEstablished(crd)) return undefined;
    return api.list({ kind }, {}, signal).catch((error: unknown) => {
      if (error instanceof KubeError && error.kind === 'notFound') return undefined;
      throw error;
    });
  });
}

function isEstablished(crd: KubeObject | undefined): boolean {
  const { conditions = [] } = (crd?.status ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some(({ type, status }) => type === 'Established' && status === 'True');
}

function definitionOf(group: string): unknown {
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `bars.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'bars', singular: 'bar', kind: 'Bar' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: anything, status: anything } } },
        },
      ],
    },
  };
}
