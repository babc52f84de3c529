import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStackEnv } from '../test/stack-env.ts';
import { broughtAlong, envFile, type Endpoints } from './env-file.ts';

const own: Endpoints = {
  kubeconfig: '/w/.stack/kubeconfig',
  dataflow: 'http://10.88.0.1:9393',
  dataflowFromPods: 'http://10.88.0.1:9393',
  kafka: '127.0.0.1:9092',
  kafkaFromPods: '10.88.0.1:9094',
  prometheus: 'http://127.0.0.1:9090',
  bin: '/cache/kubernetes',
};
const theirs = { KUBECONFIG: '/home/me/.kube/config', DATAFLOW_URI: 'http://scdf', KAFKA_BROKERS: 'k:9092' };

test('what is written is what the tests read', () => {
  assert.deepEqual(parseStackEnv(envFile(own), '/usr/bin'), {
    KUBECONFIG: '/w/.stack/kubeconfig',
    DATAFLOW_URI: 'http://10.88.0.1:9393',
    DATAFLOW_URI_PODS: 'http://10.88.0.1:9393',
    KAFKA_BROKERS: '127.0.0.1:9092',
    KAFKA_BROKERS_PODS: '10.88.0.1:9094',
    PROMETHEUS_URL: 'http://127.0.0.1:9090',
    PATH: '/cache/kubernetes:/usr/bin',
  });
});

test('all three variables set: they are used, and what pods use is the same unless it is named', () => {
  assert.deepEqual(broughtAlong(theirs, own), {
    kubeconfig: '/home/me/.kube/config',
    dataflow: 'http://scdf',
    dataflowFromPods: 'http://scdf',
    kafka: 'k:9092',
    kafkaFromPods: 'k:9092',
    prometheus: undefined,
    bin: undefined,
  });
  assert.equal(broughtAlong({ ...theirs, KAFKA_BROKERS_PODS: 'pods:1' }, own)?.kafkaFromPods, 'pods:1');
});

test('with KUBECONFIG alone, which many people have set, the stack is ours', () => {
  assert.equal(broughtAlong({ KUBECONFIG: theirs.KUBECONFIG, DATAFLOW_URI: '' }, own), undefined);
});

test('whoever names an SCDF or a Kafka and not the rest is told what is missing', () => {
  assert.throws(
    () => broughtAlong({ ...theirs, KAFKA_BROKERS: undefined }, own),
    /and KAFKA_BROKERS is not set/,
  );
  assert.throws(
    () => broughtAlong({ KAFKA_BROKERS: 'k:9092' }, own),
    /and KUBECONFIG and DATAFLOW_URI are not set: set all three/,
  );
});

test("a shell that has sourced the stack's own file brings nothing", () => {
  assert.equal(broughtAlong(parseStackEnv(envFile(own), '/usr/bin'), own), undefined);
});
