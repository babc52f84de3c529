import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clientOf, connectToStack, openCorner } from './cluster.fixtures.ts';
import { kubeConformance } from './conformance.ts';
import { KubeError } from './port.ts';

const configMaps = { group: '', version: 'v1', plural: 'configmaps' };

kubeConformance('client.ts on a real cluster', () => openCorner('client'));

describe('the client', () => {
  it('makes one connection for any number of calls in a row', async () => {
    const connection = connectToStack();
    const api = clientOf(connection);
    const { agent } = await connection.access();
    for (let call = 0; call < 20; call += 1) {
      await api.get(configMaps, { namespace: 'kube-system', name: 'nobody' });
    }
    assert.equal(Object.values(agent.freeSockets).flat().length, 1);
    assert.equal(Object.values(agent.sockets).flat().length, 0);
    connection.close();
  });

  it('sends no write when it may not, not even on a connection that is still to be made', async () => {
    const connection = connectToStack();
    const corner = clientOf(connection, () => false);
    const name = `fenced-${process.pid}`;
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } };
    await assert.rejects(
      corner.create(configMaps, 'default', body),
      (error: unknown) =>
        error instanceof KubeError && error.message.includes('no longer surely holds its lease'),
    );
    assert.equal(await clientOf(connection).get(configMaps, { namespace: 'default', name }), undefined);
    connection.close();
  });
});
