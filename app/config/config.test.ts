import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { plaintext } from './security.ts';
import { parseConfig } from './config.ts';
import type { WorkerConfig } from './config.ts';
import type { Sources } from './properties.ts';

const args = [
  '--spring.cloud.stream.bindings.orders.destination=orders',
  '--spring.cloud.stream.bindings.hot.drink.destination=hotDrinks',
  '--spring.cloud.stream.bindings.cold.drink.destination=coldDrinks',
  '--spring.cloud.stream.kafka.binder.brokers=kafka:9092',
];

function sources(more: Partial<Sources> = {}): Sources {
  return { springApplicationJson: undefined, env: {}, ...more, args: [...args, ...(more.args ?? [])] };
}

function parsed(given: Sources): WorkerConfig {
  const result = parseConfig(given);
  assert.ok(result.ok, result.ok ? '' : result.problems.join('\n'));
  return result.config;
}

function problems(given: Sources): readonly string[] {
  const result = parseConfig(given);
  assert.ok(!result.ok, 'expected problems');
  return result.problems;
}

describe('parseConfig', () => {
  it('gives everything but topics and brokers a default', () => {
    assert.deepEqual(parsed(sources({ env: { SPRING_CLOUD_APPLICATION_GROUP: 'bar-pipeline' } })), {
      identity: { stream: '', label: '', instance: '', revision: '' },
      brokers: ['kafka:9092'],
      security: plaintext,
      group: 'bar-pipeline',
      sessionTimeoutMs: 10_000,
      topics: {
        orders: 'orders',
        hotDrinks: 'hotDrinks',
        coldDrinks: 'coldDrinks',
        deadLetters: 'error.orders.bar-pipeline',
        create: true,
        partitions: undefined,
        replicationFactor: undefined,
      },
      startOffset: 'earliest',
      delivery: 'AtLeastOnce',
      badOrders: 'DeadLetter',
      leftovers: true,
      codec: 'barista',
      port: 8080,
      actuatorReadOnly: false,
      log: { level: 'info', format: 'json' },
    });
  });

  it('reads what SCDF really passes to the worker', () => {
    const config = parseConfig({
      args: [
        '--management.endpoints.web.exposure.include=health,info,bindings',
        '--management.metrics.tags.application.type=${spring.cloud.dataflow.stream.app.type:unknown}',
        '--spring.cloud.dataflow.stream.app.label=barista-app',
        '--spring.cloud.stream.bindings.hot.drink.destination=hotDrinks',
        '--spring.cloud.dataflow.stream.name=bar-pipeline',
        '--spring.cloud.stream.bindings.cold.drink.destination=coldDrinks',
        '--spring.cloud.stream.bindings.orders.destination=orders',
        '--barista.revision=abc123',
      ],
      springApplicationJson: undefined,
      env: {
        SPRING_CLOUD_STREAM_KAFKA_BINDER_BROKERS: '10.88.0.1:9094',
        SPRING_CLOUD_APPLICATION_GUID: '44c13d6a',
        SPRING_CLOUD_APPLICATION_GROUP: 'bar-pipeline',
        KUBERNETES_PORT: 'tcp://10.0.0.1:443',
      },
    });
    assert.ok(config.ok);
    assert.deepEqual(config.config.identity, {
      stream: 'bar-pipeline',
      label: 'barista-app',
      instance: '44c13d6a',
      revision: 'abc123',
    });
    assert.deepEqual([config.config.brokers, config.config.group], [['10.88.0.1:9094'], 'bar-pipeline']);
  });

  it('takes arguments before SPRING_APPLICATION_JSON before the environment', () => {
    const json = JSON.stringify({ server: { port: 2 }, 'barista.delivery': 'ExactlyOnce' });
    const env = { SERVER_PORT: '3', BARISTA_DELIVERY: 'AtLeastOnce', BARISTA_BAD_ORDERS: 'Skip' };
    const all = parsed(sources({ args: ['--server.port=1'], springApplicationJson: json, env }));
    assert.deepEqual([all.port, all.delivery, all.badOrders], [1, 'ExactlyOnce', 'Skip']);
    assert.equal(parsed(sources({ springApplicationJson: json, env })).port, 2);
    assert.equal(parsed(sources({ env })).port, 3);
  });

  it('does not care for case, dots, dashes and underscores in names', () => {
    for (const name of [
      'barista.bad-orders',
      'barista.badOrders',
      'BARISTA.BAD_ORDERS',
      'barista.bad.orders',
    ]) {
      assert.equal(parsed(sources({ args: [`--${name}=skip`] })).badOrders, 'Skip', name);
    }
    for (const name of ['BARISTA_BADORDERS', 'BARISTA_BAD_ORDERS', 'barista_bad_orders']) {
      assert.equal(parsed(sources({ env: { [name]: 'Stop' } })).badOrders, 'Stop', name);
    }
  });

  it('looks past placeholders, empty values, unknown keys and arguments without a value', () => {
    const config = parsed(
      sources({
        args: [
          '--server.port=${PORT}',
          '--barista.delivery=',
          '--no-value',
          'plain',
          '--nonsense.key=1',
          '--=x',
        ],
        env: { SERVER_PORT: 'tcp://10.0.0.7:80' },
      }),
    );
    assert.deepEqual([config.port, config.delivery], [8080, 'AtLeastOnce']);
  });

  it('names the group after the stream when nothing else does', () => {
    const stream = '--spring.cloud.dataflow.stream.name=bar';
    const env = { SPRING_CLOUD_APPLICATION_GROUP: 'group' };
    const binding = '--spring.cloud.stream.bindings.orders.group=mine';
    assert.equal(parsed(sources({ args: [stream, binding], env })).group, 'mine');
    assert.equal(parsed(sources({ args: [stream], env })).group, 'group');
    assert.equal(parsed(sources({ args: [stream] })).group, 'bar');
    assert.equal(parsed(sources()).group, 'barista');
  });

  it('leaves leftovers alone in a group that nobody named, unless told', () => {
    assert.equal(parsed(sources()).leftovers, false);
    assert.equal(parsed(sources({ args: ['--barista.leftovers=true'] })).leftovers, true);
    assert.equal(parsed(sources({ env: { SPRING_CLOUD_APPLICATION_GROUP: 'bar' } })).leftovers, true);
  });

  it('splits brokers and gives them Kafka’s port', () => {
    const brokers = (text: string): readonly string[] =>
      parsed(sources({ args: [`--spring.cloud.stream.kafka.binder.brokers=${text}`] })).brokers;
    assert.deepEqual(brokers('a, b:1 ,,[::1]:2,[fe80::1]'), ['a:9092', 'b:1', '[::1]:2', '[fe80::1]:9092']);
    const json = JSON.stringify({
      spring: { cloud: { stream: { kafka: { binder: { brokers: ['a', 'b:1'] } } } } },
    });
    const found = parseConfig({ args: args.slice(0, 3), springApplicationJson: json, env: {} });
    assert.deepEqual(found.ok && found.config.brokers, ['a:9092', 'b:1']);
  });

  it('takes Spring’s log levels', () => {
    const level = (text: string): string =>
      parsed(sources({ args: [`--logging.level.root=${text}`] })).log.level;
    assert.deepEqual(['DEBUG', 'warn', 'OFF', 'FATAL'].map(level), ['debug', 'warn', 'silent', 'error']);
    const both = sources({ args: ['--logging.level.root=DEBUG', '--barista.log.level=error'] });
    assert.equal(parsed(both).log.level, 'error');
  });

  it('says all that is missing at once, and how to give it', () => {
    const found = problems({ args: [], springApplicationJson: undefined, env: {} });
    assert.equal(found.length, 4);
    assert.match(found.join('\n'), /SPRING_CLOUD_STREAM_KAFKA_BINDER_BROKERS/);
    assert.match(found.join('\n'), /bindings\.hot\.drink\.destination/);
  });

  it('does not mind the name of a dead-letter topic that nothing goes to', () => {
    const long = `--spring.cloud.stream.bindings.orders.destination=${'o'.repeat(240)}`;
    const group = '--spring.cloud.stream.bindings.orders.group=a-group-with-a-name';
    for (const policy of ['Skip', 'Stop'] as const) {
      const bad = `--barista.bad-orders=${policy}`;
      assert.equal(parsed(sources({ args: [long, group, bad] })).badOrders, policy);
      assert.equal(
        parsed(sources({ args: [bad, '--barista.dead-letter-topic=hotDrinks'] })).badOrders,
        policy,
      );
    }
    assert.match(problems(sources({ args: [long, group] })).join(), /barista\.dead-letter-topic/);
  });

  const wrong: readonly [string, Partial<Sources>, RegExp][] = [
    ['a port that is none', { args: ['--server.port=http'] }, /server\.port is "http".*0 to 65535/],
    ['a port that is too large', { args: ['--server.port=65536'] }, /65535/],
    ['an unknown delivery', { args: ['--barista.delivery=Maybe'] }, /AtLeastOnce, ExactlyOnce/],
    ['an unknown policy', { args: ['--barista.bad-orders=Eat'] }, /DeadLetter, Skip, Stop/],
    ['no partitions', { args: ['--barista.topics.partitions=0'] }, /from 1/],
    [
      'an illegal topic',
      { args: ['--spring.cloud.stream.bindings.orders.destination=no topic'] },
      /no topic name/,
    ],
    ['dots for a topic', { args: ['--barista.dead-letter-topic=..'] }, /no topic name/],
    ['a topic twice', { args: ['--barista.dead-letter-topic=hotDrinks'] }, /"hotDrinks" is used twice/],
    [
      'drinks that are orders',
      { args: ['--spring.cloud.stream.bindings.hot.drink.destination=orders'] },
      /twice/,
    ],
    [
      'a broker that is none',
      { args: ['--spring.cloud.stream.kafka.binder.brokers=http://a'] },
      /no host:port/,
    ],
    ['broken JSON', { springApplicationJson: '{"a":' }, /SPRING_APPLICATION_JSON is not a JSON object/],
    ['JSON that is a list', { springApplicationJson: '[]' }, /not a JSON object/],
    ['a flag that is neither', { args: ['--barista.leftovers=perhaps'] }, /true, false/],
    ['a log level that is none', { args: ['--barista.log.level=loud'] }, /barista\.log\.level is "loud"/],
  ];
  for (const [name, more, expected] of wrong) {
    it(`rejects ${name} with one sentence`, () => {
      const found = problems(sources(more));
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0]!, expected);
      assert.match(found[0]!, /\.$/);
    });
  }

  it('answers whatever it is given, without throwing, and frozen when it is good', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('server.port', 'barista.delivery', '${x}', 'tcp://1'));
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            text,
            fc.tuple(text, text).map(([key, value]) => `--${key}=${value}`),
          ),
        ),
        fc.option(fc.oneof(text, fc.json()), { nil: undefined }),
        fc.dictionary(text, text),
        (more, springApplicationJson, env) => {
          const result = parseConfig({ args: [...args, ...more], springApplicationJson, env });
          assert.ok(result.ok ? Object.isFrozen(result.config) : result.problems.length > 0);
        },
      ),
    );
  });
});
