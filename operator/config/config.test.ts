import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseConfig } from './config.ts';

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
