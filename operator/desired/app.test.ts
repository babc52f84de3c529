import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AppRegistration } from '../dataflow/port.ts';
import { ownName, resolveApp, type WantedApp } from './app.ts';

describe('resolveApp', () => {
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
  const choose = (apps: readonly AppRegistration[], inUse?: string) => {
    const found = resolveApp(wanted, apps, inUse);
    return found.kind === 'app' ? `${found.app.name} ${found.missing ? 'missing' : 'there'}` : found.message;
  };

  test('takes a free name', () => assert.equal(choose([]), 'barista-app missing'));
  test('takes the name with another version of the same repository', () =>
    assert.equal(choose([registered('barista-app', 'docker:barista/worker:1', '1')]), 'barista-app missing'));
  test('sees that its version is there', () =>
    assert.equal(choose([registered('barista-app', 'docker://barista/worker:2', '2')]), 'barista-app there'));
  test('takes a name of its own beside another repository', () =>
    assert.equal(choose([registered('barista-app', 'docker:other/app:2', '2')]), `${own} missing`));
  test('keeps the name of its own when the plain one has become free', () =>
    assert.equal(choose([registered(own, 'docker:barista/worker:2', '2')], own), `${own} there`));
  test('keeps the plain name while it is in use', () =>
    assert.equal(
      choose([registered('barista-app', 'docker:barista/worker:1', '1')], 'barista-app'),
      'barista-app missing',
    ));
});
