import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPipeline, topics } from '../api/pipeline.fixtures.ts';
import { desired, deploymentProperties, revisionOf, type DesiredStream } from './desired.ts';
import { durationMs } from './duration.ts';

const installation = { instance: 'cluster-1', workerImage: 'barista/worker:1.0.0', platform: 'default' };
const app = {
  type: 'app',
  name: 'barista-app',
  version: '1.0.0',
  uri: 'docker:barista/worker:1.0.0',
  bootVersion: '3',
} as const;

function bar(spec: Record<string, unknown> = {}): DesiredStream {
  const found = desired(aPipeline({ spec: { topics, ...spec } }), installation).streams.find(
    (it) => it.role === 'bar',
  );
  assert.ok(found);
  return found;
}

test('the streams stand in the order in which they start, and say whose they are', () => {
  const made = desired(aPipeline(), installation);
  assert.equal(made.description, 'barista.dev/v1alpha1 cluster-1/cafe/downtown');
  assert.deepEqual(
    made.streams.map((stream) => stream.name),
    ['downtown-hot-drink', 'downtown-cold-drink', 'downtown-bar', 'downtown-orders'],
  );
});

test('roles that are switched off have no stream', () => {
  const off = { enabled: false };
  const made = desired(
    aPipeline({ spec: { topics, customer: off, hotDrinkLog: off, coldDrinkLog: off } }),
    installation,
  );
  assert.deepEqual(
    made.streams.map((stream) => stream.role),
    ['bar'],
  );
});

test('the worker is wired by its binding properties, and a deploy says platform, version, count and revision', () => {
  const stream = bar({ barista: { replicas: 2 } });
  const properties = deploymentProperties(stream, app, 'deploy');
  assert.equal(properties['app.barista-app.spring.cloud.stream.bindings.orders.destination'], 'orders');
  assert.equal(properties['app.barista-app.spring.cloud.stream.bindings.hot.drink.destination'], 'hotDrinks');
  assert.equal(
    properties['app.barista-app.spring.cloud.stream.bindings.cold.drink.destination'],
    'coldDrinks',
  );
  assert.equal(properties['spring.cloud.dataflow.skipper.platformName'], 'default');
  assert.equal(properties['version.barista-app'], '1.0.0');
  assert.equal(properties['deployer.barista-app.count'], '2');
  assert.equal(properties['app.barista-app.barista.revision'], revisionOf(stream, app));
});

test('an update says neither platform nor count: SCDF cannot change them', () => {
  const keys = Object.keys(deploymentProperties(bar(), app, 'update'));
  assert.ok(!keys.includes('spring.cloud.dataflow.skipper.platformName'));
  assert.ok(!keys.includes('deployer.barista-app.count'));
});

test('no value is empty: SCDF writes a definition that it cannot read again', () => {
  for (const stream of desired(aPipeline(), installation).streams) {
    for (const value of Object.values(deploymentProperties(stream, app, 'deploy')))
      assert.notEqual(value, '');
  }
});

test('the revision moves with everything but the count', () => {
  const before = revisionOf(bar(), app);
  assert.equal(revisionOf(bar({ barista: { replicas: 5 } }), app), before);
  assert.notEqual(revisionOf(bar({ barista: { properties: { flavour: 'mocha' } } }), app), before);
  assert.notEqual(revisionOf(bar({ barista: { resources: { limits: { memory: '1Gi' } } } }), app), before);
  assert.notEqual(revisionOf(bar({ topics: { ...topics, coldDrinks: 'iced' } }), app), before);
  assert.notEqual(revisionOf(bar(), { ...app, version: '2' }), before);
});

test('what the user sets wins over what the operator would', () => {
  const stream = bar({ barista: { deployerProperties: { 'kubernetes.startupProbeDelay': '9' } } });
  assert.equal(stream.deployerProperties['kubernetes.startupProbeDelay'], '9');
});

test('the worker says that it needs no right, and nothing is said of what others made', () => {
  const [pod, container] = ['podSecurityContext', 'containerSecurityContext'].map((it) => `kubernetes.${it}`);
  const own = { [pod!]: '{runAsUser: 7}' };
  const said = bar().deployerProperties;
  assert.match(said[pod!] ?? '', /runAsNonRoot: true/);
  assert.match(said[container!] ?? '', /drop: \[ALL\]/);
  assert.equal(bar({ barista: { deployerProperties: own } }).deployerProperties[pod!], '{runAsUser: 7}');
  for (const { role, deployerProperties } of desired(aPipeline(), installation).streams) {
    const is = pod! in deployerProperties || container! in deployerProperties;
    assert.equal(is, role === 'bar', role);
  }
});

test('Spring apps have the brokers in their environment, where those of the platform would win otherwise', () => {
  const bootstrapServers = 'a:1,b:2';
  const variables = (
    customer: Record<string, unknown>,
    kafka: Record<string, unknown> = { bootstrapServers },
  ) => {
    const { streams } = desired(aPipeline({ spec: { topics, kafka, customer } }), installation);
    return streams.find(({ role }) => role === 'orders')?.deployerProperties[
      'kubernetes.environmentVariables'
    ];
  };
  const own = (value: string) => ({ deployerProperties: { 'kubernetes.environmentVariables': value } });
  const ours = "SPRING_CLOUD_STREAM_KAFKA_BINDER_BROKERS='a:1,b:2'";
  assert.equal(variables({}), ours);
  assert.equal(variables(own('MODE=fast')), `MODE=fast,${ours}`);
  const theirs = 'SPRING_CLOUD_STREAM_KAFKA_BINDER_BROKERS=c:3';
  assert.equal(variables(own(theirs)), theirs);
  assert.equal(variables({}, {}), undefined);
});

test('durations', () => {
  assert.deepEqual(['500ms', '1s', '2m', '1h'].map(durationMs), [500, 1000, 120_000, 3_600_000]);
});
