/**
 * Puts the codec into kafkajs, in place of four of its modules. To be done before anything else loads them, since others keep what they found in them. What the
 * codec is not for goes to the originals: batches of an older format, and writing compressed.
 */
import { decodeBatches } from './decode.ts';
import { encodeProduce, sizeOfString, writeString, type Encodable } from './encode.ts';
import { FetchedBatch } from './fetched-batch.ts';
import { attribute, magic, offsetOf } from './layout.ts';
import { replaceModule, type Load } from '../modules.ts';

/** kafkajs's reader of bytes: it stands at `offset`. */
interface Decoder {
  readonly buffer: Buffer;
  offset: number;
}

interface Send {
  readonly acks: number;
  readonly timeout: number;
  readonly transactionalId?: string | null;
  readonly producerId?: unknown;
  readonly producerEpoch?: number;
  readonly compression?: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly messages: readonly Encodable[];
      readonly firstSequence?: number;
    }[];
  }[];
}

interface Request {
  readonly encode: () => Promise<unknown>;
}

type DecodeMessages = (decoder: Decoder) => Promise<readonly unknown[]>;

/**
 * @param load a `require` that finds kafkajs, of exactly the version that this was written for
 * @param now milliseconds since 1970
 */
export function installCodec(load: Load, now: () => number): void {
  replaceModule(load, 'protocol/requests/produce/v3/request', (original: MakeRequest) =>
    produceRequest(original, now),
  );
  replaceModule(load, 'protocol/request', withHead);
  replaceModule(
    load,
    'protocol/requests/fetch/v4/decodeMessages',
    (original: DecodeMessages): DecodeMessages =>
      (decoder) =>
        decodeMessages(decoder, original),
  );
  replaceModule(load, 'consumer/batch', () => FetchedBatch);
}

type MakeRequest = (send: Send) => Request;

function produceRequest(original: MakeRequest, now: () => number): MakeRequest {
  return (send) => {
    const request = original(send);
    if (((send.compression ?? 0) & attribute.compression) !== 0) return request;
    return { ...request, encode: () => Promise.resolve(encoded(send, now())) };
  };
}

/** Bytes that are kept free for the head of a request: all but a client's name is short. */
const room = 512;

/** A produce request without its head, as kafkajs hands it on: it asks an encoder for its buffer. */
class Encoded {
  readonly buffer: Buffer;
  readonly #bytes: Buffer;

  /** @param bytes with {@link room} before it */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.buffer = bytes.subarray(room);
  }

  get buf(): Buffer {
    return this.buffer;
  }

  size(): number {
    return this.buffer.length;
  }

  /** With its head before it; undefined: there is not room enough. */
  whole({ correlationId, clientId, request }: Asked): Buffer | undefined {
    const head = 4 + 2 + 2 + 4 + sizeOfString(clientId);
    if (head > room) return undefined;
    const bytes = this.#bytes.subarray(room - head);
    let at = bytes.writeInt32BE(bytes.length - 4, 0);
    at = bytes.writeInt16BE(request.apiKey, at);
    at = bytes.writeInt16BE(request.apiVersion, at);
    at = bytes.writeInt32BE(correlationId, at);
    writeString(bytes, at, clientId);
    return bytes;
  }
}

interface Asked {
  readonly correlationId: number;
  readonly clientId: string;
  readonly request: Request & { readonly apiKey: number; readonly apiVersion: number };
}

type EncodeRequest = (asked: Asked) => Promise<{ readonly buffer: Buffer }>;

/** kafkajs copies what is to be written behind a head, and that behind its length, each time into as much cleared memory as the next power of two. */
function withHead(original: EncodeRequest): EncodeRequest {
  return async (asked) => {
    const payload = await asked.request.encode();
    const whole = payload instanceof Encoded ? payload.whole(asked) : undefined;
    if (whole !== undefined) return { buffer: whole };
    return original({ ...asked, request: { ...asked.request, encode: () => Promise.resolve(payload) } });
  };
}

function encoded(
  { acks, timeout, transactionalId, producerId, producerEpoch, topicData }: Send,
  now: number,
): Encoded {
  const bytes = encodeProduce(
    {
      acks,
      timeout,
      transactionalId: transactionalId ?? null,
      producerId: integer(producerId),
      producerEpoch: producerEpoch ?? 0,
      topics: topicData.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map((each) => ({ firstSequence: 0, ...each })),
      })),
    },
    now,
    room,
  );
  return new Encoded(bytes);
}

/** kafkajs keeps the id as a number, as text, or in an object. */
function integer(value: unknown): bigint {
  if (value === undefined || value === null) return -1n;
  if (typeof value === 'object' && 'value' in value) return integer(value.value);
  return BigInt(value as string | number | bigint);
}

async function decodeMessages(decoder: Decoder, original: DecodeMessages): Promise<readonly unknown[]> {
  const start = decoder.offset + 4;
  const size = decoder.buffer.readInt32BE(decoder.offset);
  const end = start + size;
  if (
    size <= offsetOf.magic ||
    end > decoder.buffer.length ||
    decoder.buffer[start + offsetOf.magic] !== magic
  )
    return original(decoder);
  decoder.offset = end;
  return decodeBatches(decoder.buffer.subarray(start, end));
}
