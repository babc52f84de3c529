import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseConfig } from './config.ts';
import { parseServers } from './servers.ts';

describe('the environment', () => {
  test('has a default for all but the worker image', () => {
    const parsed = parseConfig({ BARISTA_WORKER_IMAGE: 'barista/worker:1' });
    assert.ok('ok' in parsed);
    assert.equal(parsed.ok.serversFile, '/etc/barista/servers.yaml');
    assert.equal(parsed.ok.leaderElection, true);
    assert.equal(parsed.ok.sweepMs, 60_000);
  });

  test('says every problem in a sentence', () => {
    const parsed = parseConfig({
      BARISTA_CONCURRENCY: 'many',
      BARISTA_LOG_FORMAT: 'xml',
      BARISTA_SWEEP_SECONDS: '0',
    });
    assert.ok('problems' in parsed);
    assert.equal(parsed.problems.length, 4);
    assert.match(
      parsed.problems.join('\n'),
      /BARISTA_CONCURRENCY is "many": give a whole number of at least 1\./,
    );
    assert.match(parsed.problems.join('\n'), /BARISTA_LOG_FORMAT is "xml": give one of json, text\./);
  });
});

describe('the servers file', () => {
  test('names servers', () => {
    const parsed = parseServers(
      'servers:\n- {name: default, url: "http://scdf:9393/", platform: k8s, readTimeoutSeconds: 2}\n',
    );
    assert.ok('ok' in parsed);
    assert.deepEqual(parsed.ok[0], {
      name: 'default',
      url: 'http://scdf:9393',
      platform: 'k8s',
      namespace: undefined,
      watchWorkloads: true,
      tokenFile: undefined,
      caFile: undefined,
      readTimeoutMs: 2000,
      writeTimeoutMs: 60_000,
    });
  });

  const bad: readonly [string, RegExp][] = [
    ['servers: [', /not YAML/],
    ['{}', /names no server/],
    ['servers: [{url: "http://x"}]', /servers\[0\]\.name is missing/],
    ['servers: [{name: a, url: "ftp://x"}]', /give an http:\/\/ or https:\/\/ address/],
    ['servers: [{name: a, url: "http://x"}, {name: a, url: "http://y"}]', /names the server a twice/],
    ['servers: [{name: a, url: "http://x", pasword: y}]', /servers\[0\]\.pasword is not known/],
    ['servers: [{name: a, url: "http://x", watchWorkloads: maybe}]', /must be true or false/],
    ['servers: [{name: a, url: "http://x", readTimeoutSeconds: -1}]', /greater than 0/],
  ];
  for (const url of [
    'http://user:secret@x',
    'https://secret@x/path',
    'ftp://u:secret@x',
    'http://u:sec/ret@x',
  ]) {
    test(`refuses ${url} without repeating it`, () => {
      const parsed = parseServers(`servers: [{name: a, url: "${url}"}]`);
      assert.ok('problems' in parsed);
      assert.equal(parsed.problems.length, 1);
      assert.match(parsed.problems[0]!, /servers\[0\]\.url has an @: .*tokenFile/);
      assert.doesNotMatch(parsed.problems[0]!, /sec/);
    });
  }
  for (const [text, problem] of bad) {
    test(`refuses ${text}`, () => {
      const parsed = parseServers(text);
      assert.ok('problems' in parsed);
      assert.match(parsed.problems.join('\n'), problem);
    });
  }
});
