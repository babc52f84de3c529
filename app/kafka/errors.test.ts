import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import kafkajs from 'kafkajs';
import { errorType, toFailure } from './errors.ts';
import { KafkaFailure } from './port.ts';
import type { Advice } from './port.ts';

const {
  KafkaJSNonRetriableError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
  KafkaJSConnectionError,
} = kafkajs;

function protocolError(type: string, retriable = false): Error {
  return Object.assign(new KafkaJSProtocolError(`the broker says ${type}`), { type, retriable });
}

function wrapped(cause: Error): Error {
  return new KafkaJSNumberOfRetriesExceeded(cause, { retryCount: 5, retryTime: 100 });
}

describe('toFailure', () => {
  const table: readonly [string, Error, Advice][] = [
    ['a broker that is away', new KafkaJSConnectionError('Connection error: ECONNREFUSED'), 'wait'],
    ['… after kafkajs gave up', wrapped(new KafkaJSConnectionError('Connection error')), 'wait'],
    ['a leader that moves', protocolError('NOT_LEADER_FOR_PARTITION', true), 'wait'],
    ['too few replicas', protocolError('NOT_ENOUGH_REPLICAS', true), 'wait'],
    ['too large a request', protocolError('MESSAGE_TOO_LARGE'), 'split'],
    ['a timestamp that is not allowed', protocolError('INVALID_TIMESTAMP'), 'split'],
    ['a missing permission', protocolError('TOPIC_AUTHORIZATION_FAILED'), 'tell'],
    ['… after kafkajs gave up', wrapped(protocolError('TOPIC_AUTHORIZATION_FAILED')), 'tell'],
    ['a fenced producer', protocolError('INVALID_PRODUCER_EPOCH'), 'rebuild'],
    ['a mistake of ours', new TypeError('x is not a function'), 'rebuild'],
    ['kafkajs’s own words', new KafkaJSNonRetriableError('The producer is disconnecting'), 'rebuild'],
  ];
  for (const [name, error, advice] of table) {
    it(`advises to ${advice} at ${name}`, () => {
      const failure = toFailure(error, 'Writing');
      assert.equal(failure.advice, advice);
      assert.match(failure.message, /^Writing: .+/);
    });
  }

  it('says the broker’s words, not those of the wrapping', () => {
    const failure = toFailure(wrapped(protocolError('POLICY_VIOLATION')), 'Creating topic orders');
    assert.equal(failure.message, 'Creating topic orders: the broker says POLICY_VIOLATION');
    assert.equal(errorType(wrapped(protocolError('POLICY_VIOLATION'))), 'POLICY_VIOLATION');
  });

  it('names the setting when the broker does not take our session time-out', () => {
    const failure = toFailure(protocolError('INVALID_SESSION_TIMEOUT'), 'Joining the group bar');
    assert.equal(failure.advice, 'tell');
    assert.match(failure.message, /consumer-properties\.session\.timeout\.ms/);
  });

  it('lets a failure through as it is', () => {
    const failure = new KafkaFailure('tell', 'said before');
    assert.equal(toFailure(failure, 'Doing something else'), failure);
  });

  it('has an answer for whatever was thrown', () => {
    fc.assert(fc.property(fc.anything(), (thrown) => toFailure(thrown, 'Trying') instanceof KafkaFailure));
  });
});
