/** A pipeline on a Kafka that wants TLS and a name: all its apps, ours and Spring's, are given them by one Secret. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { makeAuthority } from '../../operator/dataflow/certificates.fixtures.ts';
import { waitFor } from '../cluster/wait.ts';
import { OwnKafka } from '../kafka/own-kafka.ts';
import { network, streamsNamespace } from '../stack/layout.ts';
import { fresh, harness, unlessOurs, type Harness } from './harness.ts';
import { Topics } from './topics.ts';

const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required';
const NAME = 'secured';
/** Orders that have to be served. */
const ENOUGH = 5;

describe('a pipeline on a secured Kafka', { skip: unlessOurs('starts a Kafka that pods can reach') }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'barista-secured-'));
  const secret = fresh('kafka');
  const topics = { orders: 'orders', hotDrinks: 'hot', coldDrinks: 'cold' };
  let kafka: OwnKafka;
  let ca: string;
  let it: Harness;

  before(async () => {
    it = await harness();
    const authority = makeAuthority(folder, 'kafka', network.gateway);
    ca = authority.ca;
    const identity = join(folder, 'identity.pem');
    writeFileSync(identity, `${authority.server.key}${authority.server.cert}`);
    kafka = await OwnKafka.start({
      brokers: 1,
      listeners: [{ name: 'NAMED', protocol: 'SASL_SSL', host: network.gateway }],
      properties: {
        'listener.name.named.ssl.keystore.type': 'PEM',
        'listener.name.named.ssl.keystore.location': identity,
        'listener.name.named.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
        'listener.name.named.scram-sha-512.sasl.jaas.config': `${scram};`,
      },
      scram: ['SCRAM-SHA-512=[name=bar,password=right]'],
    });
  });
  after(async () => {
    await it.remove(NAME);
    await it.kubectl.run(['-n', streamsNamespace, 'delete', 'secret', secret, '--ignore-not-found']);
    await kafka.stop();
    rmSync(folder, { recursive: true });
  });

  async function keep(password: string): Promise<void> {
    await it.kubectl.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secret, namespace: streamsNamespace },
      stringData: {
        SPRING_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
        SPRING_KAFKA_PROPERTIES_SASL_MECHANISM: 'SCRAM-SHA-512',
        SPRING_KAFKA_PROPERTIES_SASL_JAAS_CONFIG: `${scram} username="bar" password="${password}";`,
        SPRING_KAFKA_PROPERTIES_SSL_TRUSTSTORE_TYPE: 'PEM',
        SPRING_KAFKA_PROPERTIES_SSL_TRUSTSTORE_CERTIFICATES: ca,
      },
    });
  }

  test('becomes ready and serves, from the time source to the log sinks', async () => {
    await keep('right');
    const bootstrapServers = kafka.addresses('NAMED').join();
    await it.apply(NAME, { topics, kafka: { bootstrapServers, secretRef: { name: secret } } });
    await it.ready(NAME);
    // Read where nobody is asked for a name.
    const seen = new Topics(kafka.addresses().join());
    const drinks = async () => [
      ...(await seen.read(topics.hotDrinks)),
      ...(await seen.read(topics.coldDrinks)),
    ];
    await waitFor('drinks', async () => (await drinks()).length >= ENOUGH, {
      within: 60_000,
      seen: async () => ({
        orders: (await seen.read(topics.orders)).length,
        drinks: (await drinks()).length,
      }),
    });
    assert.ok((await drinks()).every(({ value }) => /^Serve (Hot|Cold) drink$/.test(value)));
    await waitFor('the log sinks to print them', async () => /Serve (Hot|Cold) drink/.test(await sinks()), {
      within: 60_000,
      seen: sinks,
    });
  });

  async function sinks(): Promise<string> {
    const label = `spring-group-id in (${NAME}-hot-drink,${NAME}-cold-drink)`;
    return it.kubectl.run(['-n', streamsNamespace, 'logs', '-l', label, '--tail=20']);
  }
});
