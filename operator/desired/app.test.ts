import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AppRegistration } from '../dataflow/port.ts';
import { ownName, ownNameNeeded, resolveApp, type WantedApp } from './app.ts';

const wanted: WantedApp = {
  type: 'app',
  name: 'barista-app',
  uri: 'docker:barista/worker:2',
  version: '2',
  bootVersion: '3',
};
const own = ownName('barista-app', 'docker:barista/worker');
const registered = (name: string, uri: string, version: string): AppRegistration => ({
  type: 'app',
  name,
  uri,
  version,
  defaultVersion: true,
});

describe('resolveApp', () => {
  const choose = (apps: readonly AppRegistration[], inUse?: string, changes: Partial<WantedApp> = {}) => {
    const found = resolveApp({ ...wanted, ...changes }, apps, inUse);
    return found.kind === 'app' ? `${found.app.name} ${found.missing ? 'missing' : 'there'}` : found.message;
  };

  test('takes a free name', () => assert.equal(choose([]), 'barista-app missing'));
  test('takes the name with another version of the same repository', () =>
    assert.equal(choose([registered('barista-app', 'docker:barista/worker:1', '1')]), 'barista-app missing'));
  test('sees that its version is there', () =>
    assert.equal(choose([registered('barista-app', 'docker:barista/worker:2', '2')]), 'barista-app there'));
  test('takes a name of its own beside another repository', () =>
    assert.equal(choose([registered('barista-app', 'docker:other/app:2', '2')]), `${own} missing`));
  test('keeps the name of its own when the plain one has become free', () =>
    assert.equal(choose([registered(own, 'docker:barista/worker:2', '2')], own), `${own} there`));
  test('keeps the plain name while it is in use', () =>
    assert.equal(
      choose([registered('barista-app', 'docker:barista/worker:1', '1')], 'barista-app'),
      'barista-app missing',
    ));

  describe('means by a repository what SCDF does: the uri without its version', () => {
    const tagged = registered('barista-app', 'docker:barista/worker:1', '1');
    const digest = { uri: 'docker:barista/worker@sha256:0123abcd', version: '0123abcd' };
    const ofDigests = ownName('barista-app', 'docker:barista/worker@sha256:');

    test('a digest does not go under the name of a tag', () =>
      assert.equal(choose([tagged], 'barista-app', digest), `${ofDigests} missing`));
    test('nor a tag under the name of a digest', () =>
      assert.equal(
        choose([registered('barista-app', digest.uri, digest.version)], 'barista-app'),
        `${own} missing`,
      ));
    test('one digest goes under the name of another', () =>
      assert.equal(
        choose([registered('barista-app', 'docker:barista/worker@sha256:fe', 'fe')], undefined, digest),
        'barista-app missing',
      ));
    test('the next digest keeps the name of its own', () =>
      assert.equal(
        choose([tagged, registered(ofDigests, 'docker:barista/worker@sha256:fe', 'fe')], ofDigests, digest),
        `${ofDigests} missing`,
      ));
    test('docker: does not go under the name of docker://', () =>
      assert.equal(choose([registered('barista-app', 'docker://barista/worker:1', '1')]), `${own} missing`));
    test('a uri that does not say its version keeps others away: SCDF fails on it', () =>
      assert.equal(choose([registered('barista-app', 'docker:barista/worker', 'latest')]), `${own} missing`));
    test('its name is the same with every tag', () =>
      assert.equal(
        choose(
          [registered('barista-app', 'docker:other/app:2', '2'), registered(own, wanted.uri!, '2')],
          own,
          {
            uri: 'docker:barista/worker:2.0.1',
            version: '2.0.1',
          },
        ),
        `${own} missing`,
      ));
  });
});

describe('the name of its own', () => {
  const needed = (uri: string, version: string, inUse: readonly string[] = []) =>
    ownNameNeeded(wanted, [registered('barista-app', uri, version)], new Set(inUse));

  test('does not matter while the plain one fits', () =>
    assert.equal(needed('docker:barista/worker:1', '1', ['barista-app']), undefined));
  test('matters beside another repository', () => assert.equal(needed('docker:other/app:2', '2'), own));
  test('matters beside a digest and beside docker://', () => {
    assert.equal(needed('docker:barista/worker@sha256:0123abcd', '0123abcd'), own);
    assert.equal(needed('docker://barista/worker:2', '2'), own);
  });
  test('matters while it is in use', () => assert.equal(needed('docker:barista/worker:1', '1', [own]), own));
  test('does not matter to an app that is registered already', () =>
    assert.equal(ownNameNeeded({ type: 'app', name: 'x', bootVersion: '3' }, [], new Set()), undefined));
});
