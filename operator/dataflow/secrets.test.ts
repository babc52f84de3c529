import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { masked } from './masked.ts';
import { hide, secretsIn, secretsOf } from './secrets.ts';

describe('the values of secrets', () => {
  test('are those of keys that look secret to SCDF, at any depth, and those within other values', () => {
    const spec = {
      customer: { properties: { 'spring.datasource.password': 'tall-latte', 'log.level': 'debug' } },
      bar: { 'api.TOKEN': 'flat-white', 'credentials.file': 'macchiato', 'jdbc.url': 'jdbc:h2:mem' },
      deployerProperties: {
        'kubernetes.environmentVariables': "DB_PASSWORD=espresso,MODE=fast,LOGIN_KEY='cold brew'",
        'sasl.jaas.config': 'Plain required username="barista" password="cortado";',
        'some.address': 'https://guest:ristretto@example.org/',
      },
    };
    assert.deepEqual(secretsIn(spec).sort(), [
      'barista',
      'cold brew',
      'cortado',
      'espresso',
      'flat-white',
      'jdbc:h2:mem',
      'macchiato',
      'ristretto',
      'tall-latte',
    ]);
  });

  test('are not what stands openly in the spec, nor what is too short to be told from words', () => {
    const metadata = { name: 'downtown', uid: '', resourceVersion: '', creationTimestamp: '' };
    const properties = { 'partition.key': 'orders', 'a.password': 'abc', 'b.password': 'lungo' };
    const spec = { topics: { orders: 'my-orders' }, barista: { properties } };
    assert.deepEqual(secretsOf({ metadata, spec }), ['lungo']);
  });

  test('are hidden in every way they are written', () => {
    const secrets = ['a\\b&c d/e', 'lungo'];
    const quoted = `plain a\\b&c d/e, JSON ${JSON.stringify({ x: 'a\\b&c d/e' })}, address ?x=${encodeURIComponent('a\\b&c d/e')}`;
    assert.equal(hide(quoted, secrets), 'plain ******, JSON {"x":"******"}, address ?x=******');
    assert.equal(hide('lungo, not a palungo', secrets), '******, not a palungo');
  });
});

describe('text of others', () => {
  for (const [text, safe] of [
    ["map['a.password' -> 'two words', 'b' -> 'c']", "map['a.password' -> ******, 'b' -> 'c']"],
    ['--spring.datasource.password=latte --x=y', '--spring.datasource.password=****** --x=y'],
    ['{"apiKey": "latte", "n": 1}', '{"apiKey": ******, "n": 1}'],
    ['{\\"token\\":\\"latte\\"}', '{\\"token\\":******}'],
    ['my.credentials.json=latte', 'my.credentials.json=******'],
    ['spring.datasource.url=jdbc:latte', 'spring.datasource.url=******'],
    ['GET https://latte@host/x', 'GET https://******@host/x'],
    ['GET http://me:latte@host/x', 'GET http://******@host/x'],
    ['Authorization: Bearer latte', 'Authorization: Bearer ******'],
    [
      'image acme/turnkey:2 from docker://worker@sha256:ab',
      'image acme/turnkey:2 from docker://worker@sha256:ab',
    ],
    ['check its URL: http://scdf:9393', 'check its URL: http://scdf:9393'],
  ] as const) {
    test(text, () => assert.equal(masked(text), safe));
  }
});
