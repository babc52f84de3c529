import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStackEnv } from './stack-env.ts';

test('the variables of the stack are read as a shell would', () => {
  const text =
    '# the stack\nexport KUBECONFIG="/x/kubeconfig"\nexport PATH="/x/bin:$PATH"\nexport KAFKA_BROKERS=127.0.0.1:9092\n';
  assert.deepEqual(parseStackEnv(text, '/usr/bin'), {
    KUBECONFIG: '/x/kubeconfig',
    PATH: '/x/bin:/usr/bin',
    KAFKA_BROKERS: '127.0.0.1:9092',
  });
});
