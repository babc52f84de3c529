/** What the rest of the project relies on in the stack. Skipped with a cluster of the user's own. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { run } from './command.ts';
import { images, retagImage, stackOf, startPart, stopPart, untagImage } from './controls.ts';
import { kafkaForMachine, kafkaForPods } from './kafka.ts';
import { until } from './wait.ts';

const stack = stackOf();
const skip = process.env['KUBECONFIG'] === stack.paths.kubeconfig ? false : 'the stack is not ours';
const kubectl = (...args: string[]): Promise<string> => run('kubectl', args);
const unique = (name: string): string => `${name}-${randomUUID().slice(0, 8)}`;

/** Runs a shell command in a pod and gives the phase in which the pod ends. */
async function phaseOf(command: string, image: string = images.time): Promise<string> {
  const pod = unique('probe');
  await kubectl('run', pod, `--image=${image}`, '--restart=Never', '--command', '--', 'bash', '-c', command);
  try {
    const phase = (): Promise<string> => kubectl('get', 'pod', pod, '-o', 'jsonpath={.status.phase}');
    await until(async () => ['Succeeded', 'Failed'].includes(await phase()), 60_000, 300);
    return await phase();
  } finally {
    await kubectl('delete', 'pod', pod, '--now', '--wait=false');
  }
}

test('a pod reaches the API server by its service address, and Kafka', { skip }, async () => {
  const broker = kafkaForPods.replace(':', '/');
  const connect = `exec 3<>/dev/tcp/$KUBERNETES_SERVICE_HOST/$KUBERNETES_SERVICE_PORT 4<>/dev/tcp/${broker}`;
  assert.equal(await phaseOf(connect), 'Succeeded');
});

test('a pod cannot reach what is not of the stack', { skip }, async () => {
  // An address that is documented to be nobody's: were it let out, this would hang instead of failing.
  assert.equal(
    await phaseOf('timeout 20 bash -c "exec 3<>/dev/tcp/192.0.2.1/80" || test $? != 124'),
    'Succeeded',
  );
  assert.equal(await phaseOf('exec 3<>/dev/tcp/192.0.2.1/80'), 'Failed');
});

test('an image nobody has fails to pull at once', { skip }, async () => {
  const pod = unique('unknown');
  await kubectl('run', pod, '--image=nobody/has:it', '--restart=Never');
  try {
    const reason = 'jsonpath={.status.containerStatuses[0].state.waiting.reason}';
    const refused = async (): Promise<boolean> =>
      /^(ErrImagePull|ImagePullBackOff)$/.test(await kubectl('get', 'pod', pod, '-o', reason));
    assert.ok(await until(refused, 20_000, 300));
  } finally {
    await kubectl('delete', 'pod', pod, '--now', '--wait=false');
  }
});

test('an image has a second tag for as long as one wants', { skip }, async () => {
  const tag = 'docker.io/barista/probe:second';
  await retagImage(stack, images.time, tag);
  assert.equal(await phaseOf('true', tag), 'Succeeded');
  await untagImage(stack, tag);
});

test('Kafka keeps its records when it is killed and started again', { skip }, async () => {
  const topic = unique('kept');
  const kafka = new Kafka({ brokers: [kafkaForMachine], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
  await run('kcat', ['-b', kafkaForMachine, '-t', topic, '-P'], { input: 'one\ntwo\n' });
  await stopPart(stack, 'kafka', true);
  await startPart(stack, 'kafka');
  const read = ['-b', kafkaForMachine, '-t', topic, '-C', '-e', '-q'];
  assert.equal(await run('kcat', read), 'one\ntwo\n');
});
