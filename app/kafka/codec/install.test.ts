import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { WireRecord } from './decode.ts';
import { encodeBatch } from './encode.ts';
import { installCodec } from './install.ts';

const load = createRequire(import.meta.url);
const src = (path: string): unknown => load(`kafkajs/src/${path}`);

interface Encoder {
  readonly buffer: Buffer;
}
type Make = (options: object) => Encoder;
interface Read {
  readonly key: Buffer | null;
  readonly value: Buffer;
  readonly offset: string;
}

const originalRequest = src('protocol/request') as EncodeRequest;
installCodec(load, () => 5);
const Decoder = src('protocol/decoder') as new (bytes: Buffer) => { offset: number; readInt8(): number };
const decodeMessages = src('protocol/requests/fetch/v4/decodeMessages') as (
  decoder: object,
) => Promise<Read[]>;
const record = src('protocol/recordBatch/record/v0') as Make;
const { RecordBatch } = src('protocol/recordBatch/v0') as {
  RecordBatch: (options: object) => Promise<Encoder>;
};
const messageSet = src('protocol/messageSet') as Make;

const gzip = 1;

function plain(...values: string[]): Buffer {
  const messages = values.map((value) => ({ value }));
  const producer = { producerId: -1n, producerEpoch: 0, transactionalId: null };
  return encodeBatch({ partition: 0, messages, firstSequence: 0 }, producer, 5);
}

async function compressed(...values: string[]): Promise<Buffer> {
  const records = values.map((value, offsetDelta) => record({ value, offsetDelta }));
  const batch = await RecordBatch({ compression: gzip, records, lastOffsetDelta: values.length - 1 });
  return batch.buffer;
}

/** Of a set as a fetch brings it, followed by something else; that is where the decoder has to stand after it. */
async function read(set: Buffer): Promise<Read[]> {
  const size = Buffer.alloc(4);
  size.writeInt32BE(set.length);
  const decoder = new Decoder(Buffer.concat([size, set, Buffer.from([42])]));
  const records = await decodeMessages(decoder);
  assert.equal(decoder.readInt8(), 42);
  return records;
}

const values = (records: readonly Read[]) => records.map(({ value }) => value.toString());

type EncodeRequest = (asked: object) => Promise<{ readonly buffer: Buffer }>;

describe('kafkajs with the codec in it', () => {
  it('reads plain batches and compressed ones among them', async () => {
    const records = await read(Buffer.concat([plain('1', '2'), await compressed('3', '4'), plain('5')]));
    assert.deepEqual(values(records), ['1', '2', '3', '4', '5']);
    assert.ok(records.every((each) => each instanceof WireRecord));
  });

  it('reads the formats of before Kafka 0.11 with its own', async () => {
    const entries = [{ key: 'k', value: 'old', timestamp: 7 }];
    const set = messageSet({ messageVersion: 1, compression: 0, entries });
    const records = await read(set.buffer);
    assert.deepEqual(values(records), ['old']);
  });

  it('reads a set that is empty, or whose end the broker has cut off', async () => {
    assert.deepEqual(await read(Buffer.alloc(0)), []);
    const two = Buffer.concat([plain('1'), plain('2')]);
    assert.deepEqual(values(await read(two.subarray(0, two.length - 1))), ['1']);
  });

  it('writes requests of every version that carries our format', async () => {
    const topicData = [
      { topic: 't', partitions: [{ partition: 1, messages: [{ value: 'x' }], firstSequence: 0 }] },
    ];
    const bytes = await Promise.all(
      [3, 4, 5, 6, 7].map(async (version) => {
        const make = src(`protocol/requests/produce/v${version}/request`) as (send: object) => {
          apiVersion: number;
          encode: () => Promise<Encoder>;
        };
        const request = make({ acks: -1, timeout: 1, topicData });
        assert.equal(request.apiVersion, version);
        return (await request.encode()).buffer;
      }),
    );
    for (const each of bytes) assert.ok(each.includes(plain('x')), 'the batch is ours');
  });

  for (const [what, clientId] of [
    ['of any client', 'café'],
    ['of a client whose name is longer than there is room for', 'x'.repeat(600)],
  ] as const) {
    it(`writes the head of a request as kafkajs does, ${what}`, async () => {
      const make = src('protocol/requests/produce/v7/request') as (send: object) => object;
      const partitions = [{ partition: 1, messages: [{ value: 'x' }], firstSequence: 0 }];
      const request = make({ acks: -1, timeout: 1, topicData: [{ topic: 't', partitions }] });
      const asked = { correlationId: 7, clientId, request };
      const ours = (await (src('protocol/request') as EncodeRequest)(asked)).buffer;
      assert.deepEqual(ours, Buffer.from((await originalRequest(asked)).buffer));
    });
  }

  it('writes compressed with its own', async () => {
    const make = src('protocol/requests/produce/v7/request') as (send: object) => {
      encode: () => Promise<Encoder>;
    };
    const value = 'x'.repeat(1000);
    const partitions = [{ partition: 1, messages: [{ value }], firstSequence: 0 }];
    const send = { acks: -1, timeout: 1, compression: gzip, topicData: [{ topic: 't', partitions }] };
    const { buffer } = await make(send).encode();
    assert.equal(buffer.includes(value), false);
  });

  it('fails when kafkajs is another one than it was written for', () => {
    const other = Object.assign((): object => ({}), {
      resolve: (name: string) => name,
      cache: {},
    }) as unknown as typeof load;
    assert.throws(
      () => installCodec(other, () => 0),
      /protocol\/requests\/produce\/v3\/request is no function/,
    );
  });
});
