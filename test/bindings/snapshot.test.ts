import { describe, expect, it } from 'vitest';
import { Arena, SnapshotError } from '../../bindings/index.js';
import { seededRandom, testSeed } from '../support/random.js';

const BLOB_HEADER_BYTES = 32;
const ARENA_HEADER_BYTES = 3780;

const { below } = seededRandom(testSeed('snapshots'));

interface Block {
  readonly address: number;
  readonly contents: Uint8Array;
}

/** An arena with holes, names and random contents; and what is in it. */
function populated(maxBytes: number, blocks = 200): { arena: Arena; live: Block[] } {
  const arena = new Arena({ maxBytes, seed: 5 });
  const all = Array.from({ length: blocks }, () => {
    const contents = Uint8Array.from({ length: 1 + below(400) }, () => below(256));
    const address = arena.alloc(contents.length);
    arena.u8Until(address + contents.length).set(contents, address);
    return { address, contents };
  });
  const live = all.filter(({ address }, i) => {
    if (i % 3 !== 0) return true;
    arena.free(address);
    return false;
  });
  arena.addName('a name', 7, (live[0] as Block).address, {});
  return { arena, live };
}

/** Equality of long byte arrays; the test runner's own looks at one element after another. */
function expectBytes(actual: Uint8Array, expected: Uint8Array): void {
  expect(Buffer.compare(actual, expected)).toBe(0);
}

function expectContents(arena: Arena, live: readonly Block[]): void {
  for (const { address, contents } of live) {
    const end = address + contents.length;
    expectBytes(arena.u8Until(end).subarray(address, end), contents);
  }
  expect(arena.findName('a name', 7, 'thing').root).toBe(live[0]?.address);
}

/** Takes and gives back memory, to show that the allocator goes on. */
function exercise(arena: Arena): void {
  const blocks = Array.from({ length: 100 }, () => arena.alloc(below(100)));
  for (const block of blocks) arena.free(block);
  arena.check();
}

describe('a restored arena', () => {
  it('has the same bytes, figures, names and seed, and goes on independently', () => {
    const { arena, live } = populated(1 << 24);
    const blob = arena.snapshot();
    const copy = Arena.restore(blob, { name: 'copy' });
    expect(copy.name).toBe('copy');
    expect(copy.bytesUsed).toBe(arena.bytesUsed);
    expect(copy.blockCount).toBe(arena.blockCount);
    expect(copy.peakBytesUsed).toBe(arena.peakBytesUsed);
    expect(copy.maxBytes).toBe(arena.maxBytes);
    expect(copy.seed).toEqual(arena.seed);
    expectContents(copy, live);
    expectBytes(copy.snapshot(), blob);
    exercise(copy);
    expectBytes(arena.snapshot(), blob);
    for (const { address } of live) copy.free(address);
    copy.check();
  });

  it('allocates the same addresses as the original from then on', () => {
    const { arena } = populated(1 << 24);
    const copy = Arena.restore(arena.snapshot());
    for (let i = 0; i < 500; i++) {
      const bytes = below(5000);
      expect(copy.alloc(bytes)).toBe(arena.alloc(bytes));
    }
  });

  it('works from a view at an odd offset of a larger buffer, and leaves the blob alone', () => {
    const { arena, live } = populated(1 << 20);
    const blob = arena.snapshot();
    const shifted = new Uint8Array(blob.length + 3);
    shifted.set(blob, 3);
    const copy = Arena.restore(shifted.subarray(3));
    expectContents(copy, live);
    exercise(copy);
    expectBytes(shifted.subarray(3), blob);
  });

  it.each([
    ['an empty arena', (_: Arena) => {}],
    [
      'no free block at the end of the heap',
      (arena: Arena) => {
        arena.alloc((1 << 20) - 3784 - 4);
        expect(arena.bytesUsed).toBe(arena.maxBytes);
      },
    ],
    [
      'the smallest free block at the end of the heap',
      (arena: Arena) => {
        arena.alloc((1 << 20) - 3784 - 4 - 16);
        expect(arena.bytesUsed).toBe(arena.maxBytes - 16);
      },
    ],
    [
      'one large free block between two',
      (arena: Arena) => {
        const [, middle] = [arena.alloc(10), arena.alloc(300_000), arena.alloc(10)];
        arena.free(middle as number);
      },
    ],
    [
      'a staging block',
      (arena: Arena) => {
        arena.scratch(100_000);
      },
    ],
  ])('survives %s', (_, prepare) => {
    const arena = new Arena({ maxBytes: 1 << 20, seed: 1 });
    prepare(arena);
    const blob = arena.snapshot();
    const copy = Arena.restore(blob);
    copy.check();
    expect(copy.bytesUsed).toBe(arena.bytesUsed);
    expectBytes(copy.snapshot(), blob);
    if (copy.bytesUsed < 1_000_000) exercise(copy);
  });

  it('holds no more than what is in use: not the staging block, not the free end of the heap', () => {
    const arena = new Arena({ maxBytes: 1 << 26 });
    arena.free(arena.alloc(32 << 20));
    arena.scratch(1 << 20);
    expect(arena.snapshot().length).toBeLessThan(4096);
  });
});

describe('restore with another budget', () => {
  it('a larger one lets the arena grow on', () => {
    const arena = new Arena({ maxBytes: 1 << 17 });
    const block = arena.alloc(100_000);
    const copy = Arena.restore(arena.snapshot(), { maxBytes: 1 << 24 });
    expect(copy.maxBytes).toBe(1 << 24);
    expect(copy.realloc(block, 1 << 22)).toBeGreaterThan(0);
    copy.check();
  });

  it('a smaller one takes from the free end of the heap, down to the contents', () => {
    const arena = new Arena({ maxBytes: 1 << 24 });
    const kept = arena.alloc(200_000);
    arena.u8Until(kept + 200_000).fill(9, kept, kept + 200_000);
    arena.free(arena.alloc(8 << 20));
    const blob = arena.snapshot();
    const least = blob.length - BLOB_HEADER_BYTES + 4;
    for (const maxBytes of [1 << 23, 1 << 20, 300_001, least + 8, least]) {
      const copy = Arena.restore(blob, { maxBytes });
      copy.check();
      expect(copy.bytesReserved).toBeLessThan(maxBytes + 65_536);
      expect(copy.u8Until(kept + 200_000)[kept + 199_999]).toBe(9);
      expect(() => copy.alloc(maxBytes)).toThrow(/is full/);
      copy.free(kept);
      copy.check();
      expect(copy.alloc(190_000)).toBe(kept);
    }
    expect(() => Arena.restore(blob, { maxBytes: least - 1 })).toThrow(
      `Snapshot needs an arena of at least ${least} bytes, got maxBytes ${least - 1}`,
    );
  });

  it('refuses one that is no budget', () => {
    const blob = new Arena({ maxBytes: 1 << 17 }).snapshot();
    for (const maxBytes of [0, 1000, 1.5, 2 ** 32]) expect(() => Arena.restore(blob, { maxBytes })).toThrow(RangeError);
  });
});

describe('a snapshot is refused', () => {
  const { arena } = populated(1 << 20);
  const blob = arena.snapshot();
  const header = (change: (view: DataView) => void): Uint8Array => {
    const copy = blob.slice();
    change(new DataView(copy.buffer));
    return copy;
  };

  it('when it is truncated, at any length, or extended', () => {
    const lengths = new Set([0, 1, 7, 8, 12, 16, 24, 31, 32, 33, 40, blob.length - 1, blob.length - 8]);
    for (const edge of [BLOB_HEADER_BYTES + 3776, BLOB_HEADER_BYTES + ARENA_HEADER_BYTES]) {
      for (const length of [edge - 1, edge, edge + 1, edge + 8]) lengths.add(length);
    }
    for (let i = 0; i < 200; i++) lengths.add(below(blob.length));
    for (const length of lengths) {
      expect(() => Arena.restore(blob.subarray(0, length)), `${length} bytes`).toThrow(SnapshotError);
    }
    const extended = new Uint8Array(blob.length + 1);
    extended.set(blob);
    expect(() => Arena.restore(extended)).toThrow(/truncated or extended/);
  });

  it('when it is truncated and its stated length made to agree', () => {
    for (let i = 0; i < 100; i++) {
      const length = BLOB_HEADER_BYTES + 3784 + below(blob.length - BLOB_HEADER_BYTES - 3784);
      const short = blob.slice(0, length);
      new DataView(short.buffer).setUint32(12, length - BLOB_HEADER_BYTES, true);
      expect(() => Arena.restore(short)).toThrow(SnapshotError);
    }
  });

  it('when one bit is flipped: every bit of both headers, a sample of the rest', () => {
    const bits: number[] = [];
    for (let bit = 0; bit < (BLOB_HEADER_BYTES + 84) * 8; bit++) bits.push(bit);
    for (let i = 0; i < 2000; i++) bits.push(below(blob.length * 8));
    for (const bit of bits) {
      const flipped = blob.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => Arena.restore(flipped), `bit ${bit & 7} of byte ${bit >> 3}`).toThrow(SnapshotError);
    }
  });

  it('when it is foreign, or of a later version, and says which', () => {
    for (const foreign of [new Uint8Array(0), new Uint8Array(5000), new TextEncoder().encode('PNG'.repeat(2000))]) {
      expect(() => Arena.restore(foreign)).toThrow(/do not begin with "ASHLSNAP"/);
    }
    expect(() => Arena.restore(header((view) => view.setUint32(8, 2, true)))).toThrow(
      'Snapshot refused: format version 2, this build reads version 1',
    );
    expect(() => Arena.restore(header((view) => view.setUint32(BLOB_HEADER_BYTES + 12, 0x32765241, true)))).toThrow(
      /not an arena of this layout/,
    );
    for (const wrong of ['text', null, undefined, [1, 2], new ArrayBuffer(8)]) {
      expect(() => Arena.restore(wrong as never)).toThrow(TypeError);
    }
  });

  it('with a code that programs can test', () => {
    expect(() => Arena.restore(blob.subarray(1))).toThrow(expect.objectContaining({ code: 'SNAPSHOT_INVALID' }));
  });
});
