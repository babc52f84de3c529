import assert from 'node:assert/strict';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  asLz4,
  asLz4Block,
  asSnappy,
  framed,
  meant,
  someSequences,
  type Sequence,
} from './compressed.fixtures.ts';
import { decompress } from './decompress.ts';
import { Malformed } from './varint.ts';
import { mostBytes, Window } from './window.ts';

const kind = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;
const malformed = { name: 'Malformed' };

/** Whatever is done to it, the reader ends, and with nothing else than bytes or Malformed. */
function survives(compression: number, bytes: fc.Arbitrary<Buffer>): void {
  const change = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.option(fc.nat()) });
  fc.assert(
    fc.property(bytes, fc.array(change, { minLength: 1, maxLength: 4 }), (good, changes) => {
      let bad = Buffer.from(good);
      for (const { at, byte, cut } of changes) {
        if (bad.length > 0) bad[at % bad.length] = byte;
        if (cut !== null) bad = bad.subarray(0, cut % (bad.length + 1));
      }
      try {
        decompress(compression, bad);
      } catch (error) {
        assert.ok(error instanceof Malformed, String(error));
      }
    }),
    { numRuns: 1_000 },
  );
}

const repeating: readonly Sequence[] = [
  { fresh: Buffer.from('ab'), distance: 1, count: 30 },
  { fresh: Buffer.from('c'), distance: 33, count: 33 },
  { fresh: Buffer.alloc(0), distance: 0, count: 0 },
];

describe('Snappy', () => {
  it('is read alone, and in frames as Java writes them', () => {
    fc.assert(
      fc.property(someSequences, someSequences, (one, two) => {
        assert.deepEqual(decompress(kind.snappy, asSnappy(one)), meant(one));
        const both = framed(asSnappy(one), asSnappy(two));
        assert.deepEqual(decompress(kind.snappy, both), Buffer.concat([meant(one), meant(two)]));
      }),
    );
  });

  it('repeats what is far back, too', () => {
    const far = [
      { fresh: Buffer.alloc(70_000, 'some bytes'), distance: 69_999, count: 64 },
      { fresh: Buffer.from('.'), distance: 0, count: 0 },
    ];
    // A literal of so many bytes says their number in three.
    const literal = Buffer.concat([Buffer.from([62 << 2, 0x6f, 0x11, 0x01]), far[0]!.fresh]);
    const rest = asSnappy([{ ...far[0]!, fresh: Buffer.alloc(0) }]).subarray(1);
    const bytes = Buffer.concat([Buffer.from([0xb0, 0xa3, 0x04]), literal, rest]);
    assert.deepEqual(decompress(kind.snappy, bytes), meant([far[0]!]));
  });

  it('is no endless loop and no other error when it is damaged', () => {
    survives(kind.snappy, someSequences.map(asSnappy));
    survives(
      kind.snappy,
      someSequences.map((each) => framed(asSnappy(each))),
    );
  });

  it('takes no memory for a length that it cannot have', () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]), asSnappy(repeating)]);
    assert.throws(() => decompress(kind.snappy, bytes), malformed);
  });
});

describe('LZ4', () => {
  it('is read in every form of a frame, and repeats what earlier blocks had', () => {
    const flags = fc.constantFrom(0, 0x20, 0x10, 0x08, 0x04, 0x3c);
    fc.assert(
      fc.property(someSequences, fc.uint8Array({ minLength: 1 }), flags, (some, plain, which) => {
        const first = { bytes: Buffer.from(plain), plain: true };
        const back: Sequence = {
          fresh: Buffer.alloc(0),
          distance: meant(some).length + plain.length,
          count: 9,
        };
        const sequences = [...some.slice(0, -1), some.at(-1)!];
        const end: Sequence = { fresh: Buffer.from('!'), distance: 0, count: 0 };
        const blocks = [first, { bytes: asLz4Block(sequences) }, { bytes: asLz4Block([back, end]) }];
        const wanted = meant([{ fresh: first.bytes, distance: 0, count: 0 }, ...sequences, back, end]);
        assert.deepEqual(decompress(kind.lz4, asLz4(blocks, which)), wanted);
      }),
    );
  });

  it('is no endless loop and no other error when it is damaged', () => {
    survives(
      kind.lz4,
      someSequences.map((each) => asLz4([{ bytes: asLz4Block(each) }])),
    );
  });

  it('is not read with a dictionary, of another version, or without its head', () => {
    const good = asLz4([{ bytes: asLz4Block(repeating) }]);
    const changed = (at: number, byte: number): Buffer => {
      const bad = Buffer.from(good);
      bad[at] = byte;
      return bad;
    };
    for (const bad of [changed(0, 5), changed(4, 0x41), changed(4, 0x80), good.subarray(0, 6)])
      assert.throws(() => decompress(kind.lz4, bad), malformed);
  });
});

describe('gzip and zstd', () => {
  it('are read', () => {
    const bytes = Buffer.from('some bytes '.repeat(100));
    assert.deepEqual(decompress(kind.gzip, gzipSync(bytes)), bytes);
    assert.deepEqual(decompress(kind.zstd, zstdCompressSync(bytes)), bytes);
  });

  it('are malformed when they are damaged', () => {
    const bytes = Buffer.from('some bytes');
    assert.throws(() => decompress(kind.gzip, gzipSync(bytes).subarray(0, 15)), malformed);
    assert.throws(() => decompress(kind.zstd, zstdCompressSync(bytes).subarray(0, 12)), malformed);
  });
});

describe('what would fill the memory', () => {
  it('is malformed', () => {
    const zeros = Buffer.alloc(mostBytes + 1);
    assert.throws(() => decompress(kind.zstd, zstdCompressSync(zeros)), malformed);
    const window = new Window(0, 100);
    window.append(Buffer.from('x'), 0, 1);
    window.repeat(1, 99);
    assert.throws(() => window.repeat(1, 1), malformed);
    assert.equal(window.bytes.toString(), 'x'.repeat(100));
  });
});

describe('another number', () => {
  it('is malformed', () => {
    assert.throws(() => decompress(5, Buffer.alloc(0)), { name: 'Malformed', message: /number 5/ });
  });
});
