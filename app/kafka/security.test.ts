import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plaintext } from '../config/security.ts';
import { clientSecurity } from './security.ts';

const parts = { readFile: () => Buffer.alloc(0), monotonic: () => 0 };

describe('a connection to Kafka', () => {
  it('gathers no listeners when it is disconnected again and again after its end', async () => {
    const { socketFactory } = clientSecurity(plaintext, parts);
    const socket = socketFactory({ host: '127.0.0.1', port: 1, ssl: {}, onConnect: () => undefined });
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('close', resolve));
    const before = socket.listenerCount('connect');
    for (let call = 0; call < 20; call += 1) socket.unref();
    assert.equal(socket.listenerCount('connect'), before);
  });

  it('reads its certificates anew each time, and fails when it cannot', () => {
    const read: string[] = [];
    const readFile = (path: string): Buffer => {
      read.push(path);
      throw new Error(`no ${path}`);
    };
    const tls = { ca: { file: '/ca' }, identity: undefined, checkHostname: true };
    const { socketFactory } = clientSecurity({ tls, sasl: undefined }, { ...parts, readFile });
    const connect = (): unknown =>
      socketFactory({ host: '127.0.0.1', port: 1, ssl: {}, onConnect: () => undefined });
    assert.throws(connect, /no \/ca/);
    assert.throws(connect, /no \/ca/);
    assert.deepEqual(read, ['/ca', '/ca']);
  });
});
