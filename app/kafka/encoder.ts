/**
 * Where kafkajs writes its requests to. It takes 512 cleared bytes of their own for each part of a request, a topic of it or a partition, and such pieces of memory cost the more, the
 * fewer orders a request is for. Here small ones are cut from Node's pool.
 */
import { replaceModule, type Load } from './modules.ts';

interface Encoder {
  buf: Buffer;
}

interface EncoderClass {
  new (initialSize?: number): Encoder;
  readonly nextPowerOfTwo: (size: number) => number;
}

const defaultSize = 511;

/** @param load a `require` that finds kafkajs, of exactly the version that this was written for */
export function installEncoder(load: Load): void {
  replaceModule(
    load,
    'protocol/encoder',
    (Original: EncoderClass) =>
      class extends Original {
        constructor(initialSize = defaultSize) {
          super(1);
          // Only what has been written is ever read.
          this.buf = Buffer.allocUnsafe(Original.nextPowerOfTwo(initialSize));
        }
      },
  );
}
