import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import { FakeClock } from '../runtime/clock.fixtures.ts';
import { connect, loadKubeConfig } from './kube-config.ts';
import { KubeError } from './port.ts';

describe('a connection by kubeconfig', () => {
  let folder: string;
  let clock: FakeClock;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'barista-kubeconfig-'));
    clock = new FakeClock();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const aConfig = (user: object, cluster: object = {}): KubeConfig => {
    const config = new KubeConfig();
    config.loadFromOptions({
      clusters: [{ name: 'c', server: 'https://127.0.0.1:6443', skipTLSVerify: true, ...cluster }],
      users: [{ name: 'u', ...user }],
      contexts: [{ name: 'x', cluster: 'c', user: 'u', namespace: 'bar' }],
      currentContext: 'x',
    });
    return config;
  };

  it('knows the server and the namespace of the context', () => {
    const connection = connect(aConfig({ token: 't' }), clock);
    assert.equal(connection.server.href, 'https://127.0.0.1:6443/');
    assert.equal(connection.namespace, 'bar');
  });

  it('has one agent for all calls, which keeps connections', async () => {
    const connection = connect(aConfig({ token: 't' }), clock);
    const { agent, headers } = await connection.access();
    assert.equal(headers['Authorization'], 'Bearer t');
    assert.equal((agent as unknown as { keepAlive: boolean }).keepAlive, true);
    await clock.advance(600_000);
    assert.equal((await connection.access()).agent, agent);
  });

  it('reads certificates that have changed, and takes another agent only then', async () => {
    const certFile = file('cert.pem', 'first');
    const connection = connect(aConfig({ certFile, keyFile: file('key.pem', 'key') }), clock);
    const first = await connection.access();
    writeFileSync(certFile, 'second');
    assert.equal((await connection.access()).agent, first.agent);
    await clock.advance(30_000);
    const second = await connection.access();
    assert.notEqual(second.agent, first.agent);
    assert.equal(String((second.agent as Agent).options.cert), 'second');
  });

  it('goes on with what it has while a file is being replaced', async () => {
    const certFile = file('cert.pem', 'first');
    const connection = connect(aConfig({ certFile, keyFile: file('key.pem', 'key') }), clock);
    const first = await connection.access();
    rmSync(certFile);
    await clock.advance(30_000);
    assert.equal((await connection.access()).agent, first.agent);
  });

  it('says which credentials cannot be read', async () => {
    const connection = connect(aConfig({ certFile: join(folder, 'none.pem') }), clock);
    await assert.rejects(connection.access(), (error: unknown) => {
      assert.ok(error instanceof KubeError);
      assert.equal(error.kind, 'forbidden');
      assert.match(error.message, /credentials for 127\.0\.0\.1:6443 cannot be read: .*none\.pem/);
      return true;
    });
  });

  it('refuses to send credentials without encryption', async () => {
    const plain = aConfig({ token: 't' }, { server: 'http://10.0.0.1:8080', skipTLSVerify: false });
    await assert.rejects(connect(plain, clock).access(), /HTTP protocol is not allowed/);
  });

  it('is not made from a kubeconfig without a cluster', () => {
    const path = file('config', 'apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\n');
    assert.throws(
      () => loadKubeConfig(path),
      /has no cluster for its current context .*kubectl config use-context/,
    );
  });
});
