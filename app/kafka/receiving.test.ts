import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { connectTcp, receiving } from './receiving.ts';

const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/connection') as {
  prototype: { processData: (data: Buffer) => void };
};

interface Fulfilled {
  readonly correlationId: number;
  readonly payload: Buffer;
}

/** A connection of kafkajs, as far as it reads answers, and what came of them. */
function connection(more: object = {}) {
  const answers: [number, string][] = [];
  const requestQueue = {
    fulfillRequest: ({ correlationId, payload }: Fulfilled) =>
      answers.push([correlationId, payload.toString('latin1')]),
  };
  return {
    answers,
    it: { chunks: [], bytesBuffered: 0, bytesNeeded: 4, authHandlers: null, requestQueue, ...more },
  };
}

function answer(correlationId: number, body: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(4 + body.length, 0);
  head.writeInt32BE(correlationId, 4);
  return Buffer.concat([head, Buffer.from(body, 'latin1')]);
}

const processData = receiving(prototype.processData) as (this: unknown, data: Buffer) => void;

describe('answers', () => {
  it('are the same however they are cut into pieces, although each piece is overwritten by the next', () => {
    const bodies = fc.array(fc.string({ unit: 'binary-ascii', maxLength: 60 }), { maxLength: 6 });
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(bodies, cuts, (texts, sizes) => {
        const { answers, it: reader } = connection();
        const bytes = Buffer.concat(texts.map((text, index) => answer(index, text)));
        const piece = Buffer.alloc(40);
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const end = Math.min(bytes.length, at + (sizes[turn % sizes.length] ?? 1));
          bytes.copy(piece, 0, at, end);
          processData.call(reader, piece.subarray(0, end - at));
          piece.fill(0xee);
          at = end;
        }
        assert.deepEqual(
          answers,
          texts.map((text, index) => [index, text]),
        );
      }),
    );
  });

  it('to a question of who we are go where they went', () => {
    const got: string[] = [];
    const authHandlers = { onSuccess: (data: Buffer) => got.push(data.toString('latin1')) };
    const { it: reader } = connection({ authHandlers, authExpectResponse: true });
    const bytes = answer(1, 'welcome');
    processData.call(reader, bytes.subarray(0, 6));
    processData.call(reader, bytes.subarray(6));
    assert.deepEqual(got, [bytes.toString('latin1')]);
  });

  it('come through a socket that reads into one buffer', async () => {
    const text = 'x'.repeat(300_000);
    const server = createServer((peer) => peer.end(text)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const buffer = Buffer.alloc(1_000);
    const socket = connectTcp({ host: '127.0.0.1', port }, buffer, () => undefined);
    let got = '';
    socket.on('data', (data: Buffer) => {
      assert.equal(data.buffer, buffer.buffer);
      got += data.toString('latin1');
    });
    await once(socket, 'close');
    assert.equal(got, text);
    server.close();
  });
});
