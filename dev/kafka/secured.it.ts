/** The worker and its client on a real Kafka that wants TLS and names, configured as the Spring apps beside it are: by the same names in the same Secret. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { parseConfig } from '../../app/config/config.ts';
import type { Security } from '../../app/config/security.ts';
import { KafkaFailure } from '../../app/kafka/port.ts';
import { worldAt } from '../../app/kafka/real-world.fixtures.ts';
import {
  committed,
  orders,
  readAll,
  text,
  topicOf,
  until,
  write,
  type World,
} from '../../app/kafka/world.fixtures.ts';
import { startWorker } from '../../app/worker-process.fixtures.ts';
import { makeAuthority } from '../../operator/dataflow/certificates.fixtures.ts';
import { OwnKafka } from './own-kafka.ts';

const folder = mkdtempSync(join(tmpdir(), 'barista-secured-'));
const authority = makeAuthority(folder, 'ours');
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const caFile = file('ca.pem', authority.ca);
const identityFile = file('identity.pem', `${authority.server.key}${authority.server.cert}`);
const strangersFolder = mkdtempSync(join(tmpdir(), 'barista-strangers-'));
const strangers = makeAuthority(strangersFolder, 'strangers');

const modules = 'org.apache.kafka.common.security';
const scramModule = `${modules}.scram.ScramLoginModule required`;
const plainModule = `${modules}.plain.PlainLoginModule required`;
const oauthModule = `${modules}.oauthbearer.OAuthBearerLoginModule required`;

function tls(listener: string): Record<string, string> {
  return {
    [`listener.name.${listener}.ssl.keystore.type`]: 'PEM',
    [`listener.name.${listener}.ssl.keystore.location`]: identityFile,
    [`listener.name.${listener}.ssl.truststore.type`]: 'PEM',
    [`listener.name.${listener}.ssl.truststore.location`]: caFile,
  };
}

const kafka = await OwnKafka.start({
  brokers: 1,
  listeners: [
    { name: 'TLS', protocol: 'SSL' },
    { name: 'MUTUAL', protocol: 'SSL' },
    { name: 'NAMED', protocol: 'SASL_SSL' },
    { name: 'TOKEN', protocol: 'SASL_PLAINTEXT' },
  ],
  properties: {
    ...tls('tls'),
    ...tls('mutual'),
    ...tls('named'),
    'listener.name.mutual.ssl.client.auth': 'required',
    'listener.name.named.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'listener.name.named.plain.sasl.jaas.config': `${plainModule} user_anna="sec;ret";`,
    'listener.name.named.scram-sha-256.sasl.jaas.config': `${scramModule};`,
    'listener.name.named.scram-sha-512.sasl.jaas.config': `${scramModule};`,
    'listener.name.token.sasl.enabled.mechanisms': 'OAUTHBEARER',
    'listener.name.token.oauthbearer.sasl.jaas.config': `${oauthModule} unsecuredLoginStringClaim_sub="broker";`,
  },
  scram: ['SCRAM-SHA-256=[name=anna,password=one]', 'SCRAM-SHA-512=[name=anna,password=two]'],
});
after(async () => {
  await kafka.stop();
  rmSync(folder, { recursive: true });
  rmSync(strangersFolder, { recursive: true });
});

type Env = Readonly<Record<string, string>>;

/** What an app has in its environment from the Secret, besides its topics. */
function envOf(listener: string, env: Env): Env {
  return {
    SPRING_CLOUD_STREAM_BINDINGS_ORDERS_DESTINATION: 'orders',
    SPRING_CLOUD_STREAM_BINDINGS_HOT_DRINK_DESTINATION: 'hot',
    SPRING_CLOUD_STREAM_BINDINGS_COLD_DRINK_DESTINATION: 'cold',
    SPRING_CLOUD_STREAM_KAFKA_BINDER_BROKERS: kafka.addresses(listener).join(),
    ...env,
  };
}

function securityOf(env: Env): Security {
  const result = parseConfig({ args: [], springApplicationJson: undefined, env });
  assert.ok(result.ok, result.ok ? '' : result.problems.join('\n'));
  return result.config.security;
}

function worldOf(listener: string, env: Env): World {
  return worldAt(kafka.addresses(listener), securityOf(envOf(listener, env)));
}

const trusting = { SPRING_KAFKA_SSL_TRUST_STORE_CERTIFICATES: authority.ca };
const named = (mechanism: string, jaas: string): Env => ({
  ...trusting,
  SPRING_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
  SPRING_KAFKA_PROPERTIES_SASL_MECHANISM: mechanism,
  SPRING_KAFKA_PROPERTIES_SASL_JAAS_CONFIG: jaas,
});
const token = (url: string): Env => ({
  SPRING_KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
  SPRING_KAFKA_PROPERTIES_SASL_MECHANISM: 'OAUTHBEARER',
  SPRING_KAFKA_PROPERTIES_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL: url,
  SPRING_KAFKA_PROPERTIES_SASL_JAAS_CONFIG: `${oauthModule} clientId="bar" clientSecret="ista";`,
});
/** As the broker takes it when nothing else is configured: not signed. */
function unsigned(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1_000);
  return `${part({ alg: 'none' })}.${part({ sub: 'barista', iat: now, exp: now + 600 })}.`;
}

async function tokenEndpoint(): Promise<string> {
  const server = createServer((_request, response) =>
    response.end(JSON.stringify({ access_token: unsigned(), expires_in: 600 })),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/token`;
}

/** Everything that a worker does with Kafka. */
async function works(world: World): Promise<void> {
  const topic = await topicOf(world, 1);
  await write(world, topic, orders(3));
  assert.deepEqual((await readAll(world, topic, 3)).map(text), ['order 0', 'order 1', 'order 2']);
  const group = world.unique('group');
  const producer = await world.kafka(group).transactional(world.unique('id'));
  const transaction = await producer.begin();
  await transaction.send([{ topic, records: orders(1) }]);
  await transaction.commit({ topic, partition: 0, offset: '1' });
  await producer.close();
  assert.deepEqual(await committed(world, group), { [`${topic}/0`]: '1' });
}

async function failure(world: World): Promise<KafkaFailure> {
  try {
    const admin = await world.kafka('none').admin();
    await admin.close();
  } catch (error) {
    assert.ok(error instanceof KafkaFailure, String(error));
    return error;
  }
  return assert.fail('it was let in');
}

describe('a Kafka behind TLS', () => {
  const ssl = { SPRING_KAFKA_SECURITY_PROTOCOL: 'SSL' };
  const mine = { SPRING_KAFKA_SSL_KEY_STORE_LOCATION: identityFile };

  it('is trusted by a certificate, as text or in a file', async () => {
    await works(worldOf('TLS', { ...ssl, ...trusting }));
    await works(worldOf('TLS', { ...ssl, SPRING_KAFKA_SSL_TRUST_STORE_LOCATION: `file:${caFile}` }));
  });

  it('sees our certificate when it asks for one', async () => {
    await works(worldOf('MUTUAL', { ...ssl, ...trusting, ...mine }));
    assert.match(
      (await failure(worldOf('MUTUAL', { ...ssl, ...trusting }))).message,
      /certificate|closed|ECONNRESET/i,
    );
  });

  it('that is a stranger is told from one that is away', async () => {
    const { advice, message } = await failure(
      worldOf('TLS', { ...ssl, SPRING_KAFKA_SSL_TRUST_STORE_CERTIFICATES: strangers.ca }),
    );
    assert.equal(advice, 'tell', message);
    assert.match(message, /certificate/);
  });
});

describe('a Kafka that asks for names', () => {
  const logins = {
    PLAIN: `${plainModule} username="anna" password="sec;ret";`,
    'SCRAM-SHA-256': `${scramModule} username="anna" password="one";`,
    'SCRAM-SHA-512': `${scramModule} username="anna" password="two";`,
  };
  for (const [mechanism, jaas] of Object.entries(logins)) {
    it(`lets us in by ${mechanism}, and not with another password`, async () => {
      await works(worldOf('NAMED', named(mechanism, jaas)));
      const wrong = jaas.replace(/password="[^"]*"/, 'password="canary"');
      const { advice, message } = await failure(worldOf('NAMED', named(mechanism, wrong)));
      assert.equal(advice, 'tell', message);
      assert.match(message, /SASL/);
      assert.doesNotMatch(message, /canary/);
    });
  }

  it('lets us in by a token, from an endpoint or a file', async () => {
    await works(worldOf('TOKEN', token(await tokenEndpoint())));
    await works(worldOf('TOKEN', token(`file://${file('token', unsigned())}`)));
    const { advice, message } = await failure(worldOf('TOKEN', token(`file://${file('stale', 'stale')}`)));
    assert.equal(advice, 'tell', message);
    assert.match(message, /SASL OAUTHBEARER: .* refuses the token: .*invalid_token/);
  });

  it('is not reached without an endpoint for tokens, and says so', async () => {
    const { advice, message } = await failure(worldOf('TOKEN', token('http://127.0.0.1:1/token')));
    assert.equal(advice, 'wait');
    assert.match(message, /127\.0\.0\.1:1\/token does not answer/);
  });

  it('lets us in again when the files have the new password', async () => {
    const password = file('password', 'old');
    const { SPRING_KAFKA_PROPERTIES_SASL_JAAS_CONFIG: _, ...rest } = named('SCRAM-SHA-256', '');
    const world = worldOf('NAMED', {
      ...rest,
      BARISTA_KAFKA_USERNAME_FILE: file('user', 'anna\n'),
      BARISTA_KAFKA_PASSWORD_FILE: password,
    });
    await failure(world);
    writeFileSync(password, 'one\n');
    await works(world);
  });

  it('serves a worker that has everything from its environment', async () => {
    const env = envOf('NAMED', named('SCRAM-SHA-512', logins['SCRAM-SHA-512']));
    const worker = startWorker(
      ['--barista.delivery=ExactlyOnce', '--spring.cloud.stream.bindings.orders.group=bar'],
      env,
    );
    after(() => worker.child.kill('SIGKILL'));
    await worker.ready();
    const world = worldOf('NAMED', env);
    await write(world, 'orders', orders(10));
    assert.equal((await readAll(world, 'hot', 5)).length, 5);
    worker.child.kill('SIGTERM');
    assert.equal(await worker.exit, 0);
    assert.equal(worker.stderr(), '');
    assert.doesNotMatch(JSON.stringify(worker.lines), /"two"|password=/);
  });

  it('makes a worker that it does not know say so, and wait', async () => {
    const env = envOf('NAMED', named('SCRAM-SHA-512', `${scramModule} username="otto" password="canary";`));
    const worker = startWorker([], env);
    after(() => worker.child.kill('SIGKILL'));
    await until('the worker to say so', () => JSON.stringify(worker.lines).includes('authentication failed'));
    assert.equal((await worker.get('/actuator/health/readiness')).status, 503);
    const { body } = await worker.get('/actuator/health');
    assert.match(body, /"kafka":\{"status":"DOWN".*invalid credentials/);
    assert.doesNotMatch(body + JSON.stringify(worker.lines), /canary/);
  });
});
