import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { dataflowCommand, dataflowReady, hashOfSources, type DataflowOptions } from './dataflow.ts';

const options: DataflowOptions = {
  jar: '/cache/server.jar',
  port: 9393,
  dataDir: '/stack/data/dataflow',
  kubeconfig: '/stack/kubeconfig',
  namespace: 'default',
  platform: 'k8s',
  brokersForPods: '10.88.0.1:9094,10.88.0.1:9095',
  healthCheckTimeoutMs: 300_000,
  skipperDownFile: '/stack/skipper-down',
};

const account = '--spring.cloud.skipper.server.platform.kubernetes.accounts.k8s';

test('the server is told where things are, and the account what its pods get', () => {
  const { command, env } = dataflowCommand(options);
  assert.equal(command[0], 'java');
  assert.equal(command[command.indexOf('-jar') + 1], '/cache/server.jar');
  const wanted = [
    '--server.port=9393',
    '--barista.data-dir=/stack/data/dataflow',
    '--spring.cloud.skipper.server.strategies.healthcheck.timeout-in-millis=300000',
    `${account}.namespace=default`,
    // One element of a list: a list of brokers stays in one piece.
    `${account}.environmentVariables[0]=SPRING_CLOUD_STREAM_KAFKA_BINDER_BROKERS=10.88.0.1:9094,10.88.0.1:9095`,
  ];
  assert.deepEqual(
    wanted.filter((arg) => !command.includes(arg)),
    [],
  );
  assert.equal(env['KUBECONFIG'], '/stack/kubeconfig');
  assert.equal(env['SKIPPER_STANDIN_DOWN_FILE'], '/stack/skipper-down');
});

test('a real Skipper is used only when one is given, whatever the environment says', () => {
  assert.equal(dataflowCommand(options).env['SKIPPER_URI'], '');
  const uri = 'http://skipper:7577/api';
  assert.equal(dataflowCommand({ ...options, skipperUri: uri }).env['SKIPPER_URI'], uri);
});

test('the hash follows names and contents, and leaves out what Maven writes', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'hash-'));
  context.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src', 'A.java'), 'a');
  const first = hashOfSources([folder]);
  mkdirSync(join(folder, 'target'));
  writeFileSync(join(folder, 'target', 'a.jar'), 'jar');
  assert.equal(hashOfSources([folder]), first);
  writeFileSync(join(folder, 'src', 'B.java'), '');
  const second = hashOfSources([folder]);
  assert.notEqual(second, first);
  writeFileSync(join(folder, 'src', 'A.java'), 'b');
  assert.notEqual(hashOfSources([folder]), second);
});

test('a server is ready when its health endpoint says so, and not before it listens', async (context) => {
  let status = 503;
  const server = createServer((_request, response) => response.writeHead(status).end('{}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  assert.equal(await dataflowReady(url), false);
  status = 200;
  assert.equal(await dataflowReady(url), true);
  assert.equal(await dataflowReady('http://127.0.0.1:1'), false);
});
