import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataflowError, type AppRegistration } from '../dataflow/port.ts';
import { FakeClock } from '../runtime/clock.fixtures.ts';
import { AppLookup } from './app-lookup.ts';

const log = { type: 'sink', name: 'log' } as const;
const registered = (version: string, defaultVersion = true): AppRegistration => ({
  ...log,
  version,
  uri: `docker:log:${version}`,
  defaultVersion,
});

function registry(...answers: (readonly AppRegistration[] | Error)[]) {
  const clock = new FakeClock();
  let asked = 0;
  const appVersions = () => {
    const answer = answers[Math.min(asked, answers.length - 1)] ?? [];
    asked += 1;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { clock, lookup: new AppLookup({ appVersions }, clock), asked: () => asked };
}

describe('the lookup of apps', () => {
  it('asks once for many, and again after a while', async () => {
    const { lookup, clock, asked } = registry([registered('1')]);
    await Promise.all([lookup.versions(log), lookup.versions({ ...log, version: '1' })]);
    assert.equal(asked(), 1);
    await clock.advance(5001);
    await lookup.versions(log);
    assert.equal(asked(), 2);
  });

  it('asks again when the answer lacks the version that is wanted', async () => {
    const { lookup, asked } = registry([registered('1')], [registered('1'), registered('2', false)]);
    await lookup.versions(log);
    assert.equal((await lookup.versions({ ...log, version: '2' })).length, 2);
    await lookup.versions({ ...log, version: '2' });
    assert.equal(asked(), 2);
  });

  it('asks again when there is no default version, or nothing at all', async () => {
    const { lookup } = registry([], [registered('1', false)], [registered('1')]);
    assert.equal((await lookup.versions(log)).length, 0);
    assert.equal((await lookup.versions(log))[0]?.defaultVersion, false);
    assert.equal((await lookup.versions(log))[0]?.defaultVersion, true);
  });

  it('asks again after a write, and after a failure', async () => {
    const down = new DataflowError('unreachable', 'look up app log', 'away');
    const { lookup, asked } = registry([registered('1')], down, [registered('1')]);
    await lookup.versions(log);
    lookup.forget();
    await assert.rejects(lookup.versions(log), down);
    await lookup.versions(log);
    assert.equal(asked(), 3);
  });
});
