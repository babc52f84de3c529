/** Canaries: values of secrets in all places where they can be, and everything that is told is searched for them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { json, serveTokens } from '../dataflow/loopback.fixtures.ts';
import { OAuth2Tokens } from '../dataflow/oauth2.ts';
import { ScdfError } from '../dataflow/simulator/scdf-error.ts';
import type { Operation } from '../dataflow/simulator/settings.ts';
import { KubeError, type KubeObject } from '../kube/port.ts';
import { systemClock as clock } from '../runtime/clock.ts';
import { Ear, NAME, type EarOptions } from './ear.fixtures.ts';

const topics = { orders: 'orders', hotDrinks: 'hotDrinks', coldDrinks: 'coldDrinks' };
/** Every canary begins with this, so that one of which the end was cut off is found too. */
const CANARY = 'c4n4ry';
let hatched = 0;
/** With what is written in another way in JSON and in addresses. */
const canary = () => `${CANARY}${(hatched += 1)}/a&b é\\c`;

const app = () => ({
  'spring.datasource.password': canary(),
  'login.USERNAME': canary(),
  'api.token': canary(),
  'client-secret': canary(),
  encryptionKey: canary(),
  'jdbc.url': canary(),
  'my.credentials.file': canary(),
  vcap_services: canary(),
  'sasl.jaas.config': `Plain required username=${CANARY}-user password=${CANARY}-pass;`,
});
const deployer = () => ({
  'kubernetes.environmentVariables': `DB_PASSWORD=${CANARY}-env,MODE=fast,API_KEY='${CANARY} quoted'`,
  'kubernetes.something.password': canary(),
});
const properties = () => ({ properties: app(), deployerProperties: deployer() });
const spec = {
  topics,
  customer: properties(),
  hotDrinkLog: properties(),
  coldDrinkLog: properties(),
  barista: properties(),
};

/** The values, as somebody quotes them who does not say of which keys they are. */
const values = [spec.customer, spec.hotDrinkLog, spec.coldDrinkLog, spec.barista].flatMap((it) => [
  ...Object.values(it.properties),
  ...Object.values(it.deployerProperties),
]);
const said = `cannot use ${values.map((value) => `"${value}"`).join(' or ')}`;
const javaMap = `map[${Object.entries(spec.barista.properties)
  .map(([name, value]) => `'${name}' -> '${value}'`)
  .join(', ')}]`;
const dsl = Object.entries(spec.barista.properties).map(([name, value]) => `--${name}="${value}"`);

const scdf = (status: number, logref: string, message: string) => ({
  status,
  body: JSON.stringify(new ScdfError(status, logref, message).body()),
});
const installFailed = `Could not install AppDeployRequest [[x ${javaMap}]]  to platform [k8s].  Error Message = [${said}]`;
const echoes: readonly { readonly status: number; readonly body: string }[] = [
  scdf(500, 'SkipperException', installFailed),
  scdf(500, 'SomeException', said),
  scdf(400, 'InvalidStreamDefinitionException', `112E: Unexpected data\nbarista-app ${dsl.join(' ')}\n   ^`),
  scdf(500, 'IllegalArgumentException', `${'x'.repeat(380)} ${said}`),
  { status: 500, body: said },
  { status: 502, body: `<html>${said}</html>` },
  { status: 500, body: JSON.stringify({ status: 500, error: 'Internal Server Error', message: said }) },
  scdf(409, 'WeirdException', said),
];

let ear: Ear;
afterEach(() => ear.close());

async function opened(options: EarOptions = {}): Promise<void> {
  ear = await Ear.open(options);
}

/** Nothing of a canary, in whatever way it was written. */
async function silent(): Promise<void> {
  const told = await ear.all();
  assert.ok(told.includes(`cafe/${NAME}`), 'it is the right ear');
  const at = told.toLowerCase().indexOf(CANARY);
  assert.equal(at, -1, `a canary sings: …${told.slice(Math.max(0, at - 300), at + 100)}…`);
}

const operations: readonly Operation[] = [
  'register',
  'create',
  'deploy',
  'definition',
  'appVersions',
  'runtime',
];

describe('no value of a secret is told', () => {
  test('of a pipeline that is created, changed, scaled, stopped and deleted', async () => {
    await opened();
    await ear.apply(spec);
    await ear.turns(3);
    assert.equal(await ear.ready(), 'True StreamsReady');
    await ear.apply({ barista: { properties: { 'api.token': canary() } } });
    await ear.turns(2);
    await ear.apply({ barista: { replicas: 2, properties: { 'client-secret': null } } });
    await ear.turns(3);
    await ear.apply({ state: 'Stopped' });
    await ear.turns(2);
    assert.equal(await ear.ready(), 'True Stopped');
    ear.delete();
    await ear.turns(3);
    assert.equal(await ear.object(), undefined);
    await silent();
  });

  for (const operation of operations) {
    test(`when SCDF quotes them as it fails to ${operation}`, async () => {
      await opened();
      await ear.apply(spec);
      if (operation === 'runtime' || operation === 'definition') await ear.turns(2);
      for (const echo of echoes) {
        ear.simulator.faults.add(operation, { kind: 'error', ...echo }, 4);
        await ear.turn();
        ear.simulator.faults.clear();
      }
      await silent();
    });
  }

  test('when SCDF quotes them as it fails to update, undeploy and delete', async () => {
    await opened();
    await ear.apply(spec);
    await ear.turns(3);
    for (const echo of echoes) {
      await ear.apply({ barista: { properties: { 'api.token': canary() } } });
      ear.simulator.faults.add('update', { kind: 'error', ...echo });
      await ear.turn();
    }
    ear.simulator.faults.clear();
    ear.delete();
    for (const echo of echoes) {
      ear.simulator.faults.add('destroy', { kind: 'error', ...echo }, 4);
      await ear.turn();
      ear.simulator.faults.clear();
    }
    await silent();
  });

  test('when SCDF hangs, breaks off, and goes', async () => {
    await opened({ timeoutMs: 300 });
    await ear.apply(spec);
    for (const kind of ['hang', 'reset', 'lostAnswer'] as const) {
      ear.simulator.faults.add('deploy', { kind }, 2);
      await ear.turn();
    }
    await ear.simulator.down();
    await ear.turn();
    await silent();
  });

  test('when an upgrade fails, of which Skipper quotes the properties', async () => {
    await opened();
    await ear.apply(spec);
    await ear.turns(3);
    const release = {
      name: 'downtown-bar',
      version: 2,
      info: { status: { statusCode: 'FAILED' }, description: `${javaMap} ${said}` },
    };
    const definition = {
      name: 'downtown-bar',
      dslText: `barista-app ${dsl.join(' ')}`,
      originalDslText: `barista-app ${dsl.join(' ')}`,
      status: 'failed',
    };
    ear.simulator.faults.add(
      'definition',
      { kind: 'error', status: 200, body: JSON.stringify(definition) },
      4,
    );
    ear.simulator.faults.add('history', { kind: 'error', status: 200, body: JSON.stringify([release]) }, 4);
    await ear.turn();
    await silent();
  });

  test('when they are in the wrong places', async () => {
    await opened();
    const wrong = canary();
    await ear.apply({
      topics: { orders: { password: wrong }, hotDrinks: `a password=${wrong}`, coldDrinks: '' },
      state: wrong,
      dataflow: { server: `${wrong} ` },
      streamNames: { bar: wrong },
      customer: { interval: wrong, app: { name: wrong, uri: `https://me:${wrong}@host/app-1.0.jar` } },
      barista: {
        image: wrong,
        replicas: wrong,
        properties: {
          [`db.password=${wrong}`]: '',
          'api.token': { nested: wrong },
          'client.secret': `"${wrong}`,
        },
        resources: { limits: { cpu: wrong } },
      },
    });
    await ear.turn();
    assert.equal(await ear.ready(), 'False InvalidSpec');
    ear.delete();
    await ear.turn();
    await silent();
  });

  test('when pods quote them in their last words and logs', async () => {
    const log = JSON.stringify({
      msg: 'refused',
      password: values[0],
      detail: `${'x'.repeat(280)}${values[1]}`,
    });
    await opened({ podLog: `${said}\n${javaMap}\n${log}` });
    await ear.apply(spec);
    await ear.turns(3);
    ear.watchWorkloads = true;
    for (const stream of ['bar', 'orders', 'hot-drink', 'cold-drink']) {
      ear.workloads.deploymentChanged(undefined, deployment(`downtown-${stream}`));
    }
    const words = [said, javaMap, `${'x'.repeat(290)} ${said}`, `${'x'.repeat(4000)} ${said}`];
    for (const [index, message] of words.entries()) {
      ear.workloads.podChanged(
        undefined,
        crashing(`downtown-${index % 2 === 0 ? 'bar' : 'orders'}`, message),
      );
      await ear.turn();
    }
    ear.workloads.podChanged(undefined, unready('downtown-hot-drink'));
    await ear.turn();
    const told = await ear.all();
    assert.match(told, /CrashLoopBackOff/);
    await silent();
  });

  test('when the API server quotes them', async () => {
    await opened();
    await ear.apply(spec);
    for (const kind of ['invalid', 'conflict', 'transient'] as const) {
      for (const call of ['patch', 'patchStatus']) {
        ear.troubles.set(
          call,
          new KubeError(kind, `spec is invalid: Invalid value: ${said}`, { cause: new Error(said) }),
        );
        await ear.turn();
        ear.troubles.clear();
      }
    }
    await silent();
  });

  test('when the operator has a bug', async () => {
    await opened();
    await ear.apply(spec);
    ear.bug = new TypeError(said, { cause: new Error(javaMap) });
    await ear.turn();
    assert.equal(await ear.ready(), 'Unknown InternalError');
    await silent();
  });

  test('nor the operator’s own: its token, and a password in an address', async () => {
    const token = `${CANARY}-token`;
    await opened({ token: () => Promise.resolve(token) });
    await ear.apply({ topics });
    await ear.turn();
    ear.simulator.settings.token = 'another';
    await ear.turn();
    const quoted = `Authorization: Bearer ${token} is not what I know; ${token}`;
    ear.simulator.settings.token = undefined;
    for (const status of [401, 403, 400, 500]) {
      ear.simulator.faults.add('any', { kind: 'error', ...scdf(status, 'AccessDenied', quoted) }, 12);
      await ear.turn();
      ear.simulator.faults.clear();
    }
    await silent();
    await ear.close();
    await opened({ url: `http://me:${CANARY}-address@127.0.0.1:1` });
    await ear.apply({ topics });
    await ear.turn();
    assert.equal(await ear.ready(), 'Unknown DataflowUnavailable');
    await silent();
    await ear.close();
    await opened({ token: () => Promise.reject(new Error(`open token=${token}: no such file`)) });
    await ear.apply({ topics });
    await ear.turn();
    assert.equal(await ear.ready(), 'False DataflowUnauthorized');
    await silent();
  });

  test('nor its client’s secret and tokens, whatever the token endpoint makes of them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'barista-canaries-'));
    const endpoint = await serveTokens();
    try {
      const secret = canary();
      const config = { ...oauth2, tokenUri: endpoint.url, clientSecretFile: join(folder, 'secret') };
      writeFileSync(config.clientSecretFile, `${secret}\n`);
      const tokens = new OAuth2Tokens({
        config,
        ca: undefined,
        timeoutMs: 2_000,
        clock,
        onRequest: () => undefined,
      });
      await opened({ token: () => tokens.token() });
      await ear.apply({ topics });
      const quoted = `client_secret=${secret} (${encodeURIComponent(secret)}) is wrong`;
      const answers = [
        { status: 401, body: { error: 'invalid_client', error_description: quoted } },
        { status: 400, body: { error: 'invalid_scope', error_description: quoted } },
        { status: 500, body: { error: quoted } },
        { status: 200, body: { access_token: 7, was: quoted } },
      ];
      for (const { status, body } of answers) {
        endpoint.answer = (response) => json(response, body, status);
        await ear.turn();
        assert.match(await ear.ready(), /Dataflow(Unauthorized|Unavailable)/, `${status}`);
      }
      endpoint.answer = (response) => json(response, { access_token: `${CANARY}-token`, expires_in: 3600 });
      ear.simulator.settings.token = 'another';
      await ear.turn();
      assert.equal(await ear.ready(), 'False DataflowUnauthorized');
      await silent();
    } finally {
      endpoint.close();
      rmSync(folder, { recursive: true });
    }
  });
});

const oauth2 = {
  clientId: 'barista',
  clientIdFile: undefined,
  scopes: [],
  clientAuthenticationMethod: 'client_secret_post',
  endpointParams: {},
  caFile: undefined,
} as const;

function deployment(stream: string): KubeObject {
  return { ...pod(stream, {}), apiVersion: 'apps/v1', kind: 'Deployment', spec: { replicas: 1 } };
}

function pod(stream: string, status: Readonly<Record<string, unknown>>): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: 'default',
      name: `${stream}-${(hatched += 1)}`,
      uid: `${hatched}`,
      resourceVersion: '1',
      creationTimestamp: new Date(Date.now() - 600_000).toISOString(),
      labels: { 'spring-group-id': stream, 'spring-deployment-id': `${stream}-x-v${hatched}` },
    },
    status,
  };
}

function crashing(stream: string, message: string): KubeObject {
  const terminated = { exitCode: 3, message };
  const containerStatuses = [
    { restartCount: 4, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated } },
  ];
  return pod(stream, { phase: 'Running', containerStatuses });
}

function unready(stream: string): KubeObject {
  return pod(stream, { phase: 'Running', conditions: [] });
}
