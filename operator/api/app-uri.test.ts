import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { repositoryOf, splitImage, versionOf } from './app-uri.ts';

const images: readonly [string, string, string][] = [
  ['barista/worker:1.0.0', 'barista/worker', '1.0.0'],
  ['registry:5000/worker:dev', 'registry:5000/worker', 'dev'],
  ['registry:5000/worker', 'registry:5000/worker', 'latest'],
  ['worker', 'worker', 'latest'],
  ['a/b@sha256:0123abcd', 'a/b', '0123abcd'],
];

const uris: readonly [string, string, string | undefined][] = [
  ['docker:springcloudstream/log-sink-kafka:5.1.1', 'docker:springcloudstream/log-sink-kafka:', '5.1.1'],
  ['docker://springcloudstream/log-sink-kafka:5.1.1', 'docker://springcloudstream/log-sink-kafka:', '5.1.1'],
  ['docker:acme/x@sha256:0123abcd', 'docker:acme/x@sha256:', '0123abcd'],
  ['docker:registry:5000/x1:1', 'docker:registry:5000/x1:', '1'],
  ['maven://org.acme:orders-source:1.2.3', 'maven://org.acme:orders-source:', '1.2.3'],
  ['https://acme.example/orders-source-1.2.3.jar', 'https://acme.example/orders-source-.jar', '1.2.3'],
  ['docker:springcloudstream/log-sink-kafka', 'docker:springcloudstream/log-sink-kafka', 'latest'],
  ['https://acme.example/orders-source.jar', 'https://acme.example/orders-source.jar', undefined],
  ['nonsense', 'nonsense', undefined],
];

describe('splitting', () => {
  for (const [image, repository, version] of images) {
    test(`the image ${image}`, () => assert.deepEqual(splitImage(image), { repository, version }));
  }
  for (const [uri, repository, version] of uris) {
    test(`the uri ${uri}`, () =>
      assert.deepEqual([repositoryOf(uri), versionOf(uri)], [repository, version]));
  }
  test('the uri of a version that it does not say itself', () =>
    assert.equal(repositoryOf('file:/apps/x-rc1.jar', 'rc1'), 'file:/apps/x-.jar'));
});
