import assert from 'node:assert/strict';
import { test } from 'node:test';
import { belongsTo, commandFrom, processAt, sameProcess, startTimeFrom } from './process-table.ts';

const stat = (name: string, state: string): string =>
  `77 (${name}) ${state} 1 77 77 0 -1 4194304 99 0 0 0 1 2 0 0 20 0 1 0 116729 3133440 414`;

test('the start time is found behind any program name', () => {
  assert.equal(startTimeFrom(stat('etcd', 'S')), 116729);
  assert.equal(startTimeFrom(stat('a) (b c', 'R')), 116729);
});

test('a zombie has no start time: it is as good as gone', () => {
  assert.equal(startTimeFrom(stat('etcd', 'Z')), undefined);
});

test('arguments keep their white space', () => {
  assert.deepEqual(commandFrom('java\0-cp\0a b\0'), ['java', '-cp', 'a b']);
});

test('a pid that somebody else has by now is another process', () => {
  const etcd = { pid: 7, startTime: 100, command: ['etcd', '--data-dir=/x'] };
  assert.ok(sameProcess(etcd, { ...etcd }));
  assert.ok(!sameProcess(etcd, { ...etcd, startTime: 101 }));
  assert.ok(!sameProcess(etcd, { ...etcd, command: ['etcd'] }));
  assert.ok(!sameProcess(etcd, undefined));
});

test('this process is found, and a pid that cannot be is not', () => {
  assert.equal(processAt(process.pid)?.pid, process.pid);
  assert.equal(processAt(2 ** 30), undefined);
});

test('only programs of the stack at work in its folders belong to it', () => {
  const belongs = (...command: string[]): boolean =>
    belongsTo('/a/.stack', { pid: 1, startTime: 1, command });
  assert.ok(belongs('/usr/bin/containerd-shim-runc-v2', '-address', '/a/.stack/run/containerd.sock'));
  assert.ok(belongs('etcd', '--data-dir=/a/.stack/data/etcd'));
  assert.ok(!belongs('etcd', '--data-dir=/b/.stack/data/etcd'));
  assert.ok(!belongs('tail', '-f', '/a/.stack/data/etcd/log'));
  assert.ok(!belongs('java', '--kubeconfig=/a/.stack/kubeconfig'));
});
