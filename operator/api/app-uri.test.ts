import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { splitImage, splitUri } from './app-uri.ts';

const images: readonly [string, string, string][] = [
  ['barista/worker:1.0.0', 'barista/worker', '1.0.0'],
  ['registry:5000/worker:dev', 'registry:5000/worker', 'dev'],
  ['registry:5000/worker', 'registry:5000/worker', 'latest'],
  ['worker', 'worker', 'latest'],
  ['a/b@sha256:0123abcd', 'a/b', '0123abcd'],
];

const uris: readonly [string, string, string | undefined][] = [
  ['docker:springcloudstream/log-sink-kafka:5.1.1', 'docker:springcloudstream/log-sink-kafka', '5.1.1'],
  ['docker://springcloudstream/log-sink-kafka:5.1.1', 'docker:springcloudstream/log-sink-kafka', '5.1.1'],
  ['maven://org.acme:orders-source:1.2.3', 'maven:org.acme:orders-source', '1.2.3'],
  ['https://acme.example/orders-source-1.2.3.jar', 'https://acme.example/orders-source', '1.2.3'],
  ['docker:springcloudstream/log-sink-kafka', 'docker:springcloudstream/log-sink-kafka', 'latest'],
  ['https://acme.example/orders-source.jar', 'https://acme.example/orders-source.jar', undefined],
  ['nonsense', 'nonsense', undefined],
];

describe('splitting', () => {
  for (const [image, repository, version] of images) {
    test(`the image ${image}`, () => assert.deepEqual(splitImage(image), { repository, version }));
  }
  for (const [uri, repository, version] of uris) {
    test(`the uri ${uri}`, () => assert.deepEqual(splitUri(uri), { repository, version }));
  }
});
