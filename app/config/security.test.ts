import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseConfig, type ConfigResult } from './config.ts';
import { inWords, plaintext, type Security } from './security.ts';

const needed = {
  SPRING_CLOUD_STREAM_BINDINGS_ORDERS_DESTINATION: 'orders',
  SPRING_CLOUD_STREAM_BINDINGS_HOT_DRINK_DESTINATION: 'hot',
  SPRING_CLOUD_STREAM_BINDINGS_COLD_DRINK_DESTINATION: 'cold',
  SPRING_CLOUD_STREAM_KAFKA_BINDER_BROKERS: 'kafka:9092',
};

function parsed(env: Readonly<Record<string, string>>, args: readonly string[] = []): ConfigResult {
  return parseConfig({ args, springApplicationJson: undefined, env: { ...needed, ...env } });
}

function given(env: Readonly<Record<string, string>>): Security {
  const result = parsed(env);
  assert.ok(result.ok, result.ok ? '' : result.problems.join('\n'));
  return result.config.security;
}

function problems(env: Readonly<Record<string, string>>): readonly string[] {
  const result = parsed(env);
  return result.ok ? [] : result.problems;
}

const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required';
const pem = '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----';

describe('the security of the worker', () => {
  it('is none without a word', () => {
    assert.deepEqual(given({}), plaintext);
    assert.deepEqual(given({ SPRING_KAFKA_SECURITY_PROTOCOL: 'PLAINTEXT' }), plaintext);
  });

  it('is said in words', () => {
    const mechanism = { SPRING_KAFKA_PROPERTIES_SASL_MECHANISM: 'plain' };
    const login = { SPRING_KAFKA_PROPERTIES_SASL_JAAS_CONFIG: 'x required username="u" password="p";' };
    assert.equal(inWords(plaintext), 'PLAINTEXT');
    assert.equal(inWords(given({ SPRING_KAFKA_SECURITY_PROTOCOL: 'SSL' })), 'SSL');
    const both = { SPRING_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', ...mechanism, ...login };
    assert.equal(inWords(given(both)), 'SASL_SSL, PLAIN');
  });

  it('is read where Spring reads it, the binder first', () => {
    const names = [
      'SPRING_CLOUD_STREAM_KAFKA_BINDER_CONFIGURATION_SECURITY_PROTOCOL',
      'SPRING_KAFKA_PROPERTIES_SECURITY_PROTOCOL',
      'SPRING_KAFKA_SECURITY_PROTOCOL',
      'spring.kafka.properties.security.protocol',
    ];
    for (const name of names) {
      const { tls, sasl } = given({ [name]: 'ssl' });
      assert.deepEqual(tls, { ca: undefined, identity: undefined, checkHostname: true }, name);
      assert.equal(sasl, undefined);
    }
    const both = { [names[0]!]: 'PLAINTEXT', [names[1]!]: 'SSL' };
    assert.deepEqual(given(both), plaintext);
  });

  it('takes certificates as text, and as files that are named as paths or URLs', () => {
    const base = { SPRING_KAFKA_SECURITY_PROTOCOL: 'SSL' };
    const ca = (env: Readonly<Record<string, string>>) => given({ ...base, ...env }).tls?.ca;
    assert.deepEqual(ca({ SPRING_KAFKA_SSL_TRUST_STORE_CERTIFICATES: pem }), { text: pem });
    assert.deepEqual(ca({ SPRING_KAFKA_SSL_TRUST_STORE_CERTIFICATES: pem.replaceAll('\n', '\\n') }), {
      text: pem,
    });
    for (const location of ['/etc/ca.crt', 'file:/etc/ca.crt', 'file:///etc/ca.crt'])
      assert.deepEqual(ca({ SPRING_KAFKA_SSL_TRUST_STORE_LOCATION: location }), { file: '/etc/ca.crt' });
    const typed = {
      SPRING_KAFKA_PROPERTIES_SSL_TRUSTSTORE_LOCATION: '/etc/ca',
      SPRING_KAFKA_PROPERTIES_SSL_TRUSTSTORE_TYPE: 'PEM',
    };
    assert.deepEqual(ca(typed), { file: '/etc/ca' });
  });

  it('takes a certificate of ours as PEM, in text or in a file with both, and as PKCS12', () => {
    const base = { SPRING_KAFKA_SECURITY_PROTOCOL: 'SSL' };
    const identity = (env: Readonly<Record<string, string>>) => given({ ...base, ...env }).tls?.identity;
    const text = {
      SPRING_KAFKA_SSL_KEY_STORE_CERTIFICATE_CHAIN: pem,
      SPRING_KAFKA_SSL_KEY_STORE_KEY: 'key',
      SPRING_KAFKA_SSL_KEY_PASSWORD: 'secret',
    };
    const [certificate, key] = [{ text: pem }, { text: 'key' }];
    assert.deepEqual(identity(text), { kind: 'PEM', certificate, key, passphrase: 'secret' });
    const file = { file: '/etc/both.pem' };
    assert.deepEqual(identity({ SPRING_KAFKA_SSL_KEY_STORE_LOCATION: file.file }), {
      kind: 'PEM',
      certificate: file,
      key: file,
      passphrase: undefined,
    });
    const store = {
      SPRING_KAFKA_SSL_KEY_STORE_LOCATION: '/etc/store.p12',
      SPRING_KAFKA_SSL_KEY_STORE_TYPE: 'PKCS12',
      SPRING_KAFKA_SSL_KEY_STORE_PASSWORD: 'secret',
    };
    assert.deepEqual(identity(store), {
      kind: 'PKCS12',
      store: { file: '/etc/store.p12' },
      passphrase: 'secret',
    });
  });

  it('takes user and password from the login module as Kafka writes it, or from files', () => {
    const base = {
      SPRING_KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
      SPRING_KAFKA_PROPERTIES_SASL_MECHANISM: 'SCRAM-SHA-512',
    };
    const jaas = (options: string) =>
      given({ ...base, SPRING_KAFKA_PROPERTIES_SASL_JAAS_CONFIG: `${scram} ${options};` }).sasl;
    const wanted = (username: string, password: string) => ({
      mechanism: 'SCRAM-SHA-512',
      username: { text: username },
      password: { text: password },
    });
    assert.deepEqual(jaas('username="anna" password="s3;c=r\\"e\\\\t"'), wanted('anna', 's3;c=r"e\\t'));
    assert.deepEqual(jaas('\n  username = anna\n  password=secret'), wanted('anna', 'secret'));
    const files = { BARISTA_KAFKA_USERNAME_FILE: '/etc/user', BARISTA_KAFKA_PASSWORD_FILE: '/etc/password' };
    assert.deepEqual(given({ ...base, ...files }).sasl, {
      mechanism: 'SCRAM-SHA-512',
      username: { file: '/etc/user' },
      password: { file: '/etc/password' },
    });
  });

  it('takes tokens from an endpoint, or from a file', () => {
    const base = {
      SPRING_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      SPRING_KAFKA_PROPERTIES_SASL_MECHANISM: 'OAUTHBEARER',
    };
    const url = 'SPRING_KAFKA_PROPERTIES_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL';
    const login = {
      SPRING_KAFKA_PROPERTIES_SASL_JAAS_CONFIG:
        'a.b.OAuthBearerLoginModule required clientId="c" clientSecret="s" scope="x y";',
    };
    assert.deepEqual(given({ ...base, ...login, [url]: 'https://sso/token' }).sasl, {
      mechanism: 'OAUTHBEARER',
      token: { endpoint: 'https://sso/token', clientId: 'c', clientSecret: 's', scope: 'x y' },
    });
    assert.deepEqual(given({ ...base, [url]: 'file:///var/run/token' }).sasl, {
      mechanism: 'OAUTHBEARER',
      token: { file: '/var/run/token' },
    });
  });

  it('says what is missing or cannot be, one sentence each, and never a secret', () => {
    const sasl = { SPRING_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' };
    const mechanism = (name: string) => ({ ...sasl, SPRING_KAFKA_PROPERTIES_SASL_MECHANISM: name });
    const ssl = { SPRING_KAFKA_SECURITY_PROTOCOL: 'SSL' };
    const cases: [Readonly<Record<string, string>>, RegExp][] = [
      [{ SPRING_KAFKA_SECURITY_PROTOCOL: 'TLS' }, /security\.protocol is "TLS": use one of PLAINTEXT, SSL/],
      [sasl, /sasl\.mechanism is missing: use one of PLAIN, SCRAM/],
      [mechanism('GSSAPI'), /sasl\.mechanism is "GSSAPI": use one of/],
      [
        { ...mechanism('PLAIN'), SPRING_KAFKA_PROPERTIES_SASL_JAAS_CONFIG: `${scram} password="canary";` },
        /no user or no password for Kafka/,
      ],
      [mechanism('OAUTHBEARER'), /token\.endpoint\.url has to be the https/],
      [
        {
          ...mechanism('OAUTHBEARER'),
          SPRING_KAFKA_PROPERTIES_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL: 'https://sso',
          SPRING_KAFKA_PROPERTIES_SASL_JAAS_CONFIG: 'x required clientSecret="canary";',
        },
        /no clientId or no clientSecret for https:\/\/sso/,
      ],
      [{ ...ssl, SPRING_KAFKA_SSL_TRUST_STORE_LOCATION: '/etc/store.jks' }, /truststore\.type has to be PEM/],
      [{ ...ssl, SPRING_KAFKA_SSL_KEY_STORE_LOCATION: '/etc/store.jks' }, /keystore\.type is "JKS": give/],
      [{ ...ssl, SPRING_KAFKA_SSL_KEY_STORE_KEY: 'canary' }, /keystore\.certificate\.chain is missing/],
    ];
    for (const [env, sentence] of cases) {
      const found = problems(env);
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0]!, sentence);
      assert.doesNotMatch(found[0]!, /canary/);
    }
  });
});
