import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AppRegistration } from '../dataflow/port.ts';
import { ownName, resolveApp, splitImage, splitUri, type WantedApp } from './app.ts';

const images: readonly [string, string, string][] = [
  ['barista/worker:1.0.0', 'barista/worker', '1.0.0'],
  ['registry:5000/worker:dev', 'registry:5000/worker', 'dev'],
  ['registry:5000/worker', 'registry:5000/worker', 'latest'],
  ['worker', 'worker', 'latest'],
  ['a/b@sha256:0123abcd', 'a/b', '0123abcd'],
];

const uris: readonly [string, string, string][] = [
  ['docker:springcloudstream/log-sink-kafka:5.1.1', 'docker:springcloudstream/log-sink-kafka', '5.1.1'],
  ['docker://springcloudstream/log-sink-kafka:5.1.1', 'docker:springcloudstream/log-sink-kafka', '5.1.1'],
  ['maven://org.acme:orders-source:1.2.3', 'maven:org.acme:orders-source', '1.2.3'],
  ['https://acme.example/orders-source-1.2.3.jar', 'https://acme.example/orders-source', '1.2.3'],
];

describe('splitting', () => {
  for (const [image, repository, version] of images) {
    test(`the image ${image}`, () => assert.deepEqual(splitImage(image), { repository, version }));
  }
  for (const [uri, repository, version] of uris) {
    test(`the uri ${uri}`, () => assert.deepEqual(splitUri(uri), { repository, version }));
  }
});

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
