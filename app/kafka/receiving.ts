/**
 * Answers of brokers, read into one buffer each. kafkajs keeps each piece that a socket hands it until the last one is there, and copies them together then; a fetch of 2 MiB comes in
 * dozens of pieces, which are garbage by then. Here a socket reads into one buffer again and again, and what has come is copied to its place in the answer.
 */
import { connect, type Socket } from 'node:net';
import type { Load } from './modules.ts';

/** As much as a read of the kernel's brings at most. */
const readBytes = 64 << 10;
/** Bytes of an answer that say how long it is. */
const headBytes = 4;

/** What of kafkajs's connection is used. */
interface Connection {
  readonly authHandlers: unknown;
  chunks: Buffer[];
  bytesBuffered: number;
  /** Of the answer that is coming in, with its length; {@link headBytes} as long as that is unknown. */
  bytesNeeded: number;
}

type ProcessData = (this: Connection, data: Buffer) => void;

/** @param load a `require` that finds kafkajs, of exactly the version that this was written for */
export function installReceiving(load: Load): void {
  const { prototype } = load('kafkajs/src/network/connection') as { prototype: { processData: ProcessData } };
  prototype.processData = receiving(prototype.processData);
}

/** @param original takes what it is given for its own */
export function receiving(original: ProcessData): ProcessData {
  return function (data) {
    let rest = data;
    while (rest.length > 0 && isFilling(this)) rest = fill(this, rest, original);
    if (rest.length === 0) return;
    original.call(this, Buffer.from(rest));
    beginFilling(this);
  };
}

/** Whether there is a buffer for all of the answer that is coming in. */
function isFilling({ authHandlers, chunks, bytesNeeded }: Connection): boolean {
  const isKnown = bytesNeeded > headBytes && chunks.length === 1 && chunks[0]?.length === bytesNeeded;
  return isKnown && (authHandlers === undefined || authHandlers === null);
}

function beginFilling(connection: Connection): void {
  const { chunks, bytesBuffered, bytesNeeded, authHandlers } = connection;
  if (bytesNeeded <= bytesBuffered || bytesNeeded === headBytes) return;
  if (authHandlers !== undefined && authHandlers !== null) return;
  const answer = Buffer.allocUnsafeSlow(bytesNeeded);
  let at = 0;
  for (const chunk of chunks) at += chunk.copy(answer, at);
  connection.chunks = [answer];
}

/** @returns what belongs to the next answer */
function fill(connection: Connection, data: Buffer, original: ProcessData): Buffer {
  const { bytesNeeded, bytesBuffered, chunks } = connection;
  const [answer = Buffer.alloc(0)] = chunks;
  const end = Math.min(data.length, bytesNeeded - bytesBuffered);
  data.copy(answer, bytesBuffered, 0, end);
  connection.bytesBuffered += end;
  if (connection.bytesBuffered === bytesNeeded) {
    Object.assign(connection, { chunks: [], bytesBuffered: 0, bytesNeeded: headBytes });
    original.call(connection, answer);
  }
  return data.subarray(end);
}

/** Where plain sockets read to, one after the other. TLS has buffers of its own. */
export function readBuffer(): Buffer {
  return Buffer.allocUnsafeSlow(readBytes);
}

/** A plain socket whose data is in the buffer, and good until the next read. */
export function connectTcp(
  to: { readonly host: string; readonly port: number },
  buffer: Buffer,
  onConnect: () => void,
): Socket {
  const tell = (count: number): boolean => {
    socket.emit('data', buffer.subarray(0, count));
    return true;
  };
  const socket = connect({ ...to, onread: { buffer, callback: tell } }, onConnect);
  return socket;
}
