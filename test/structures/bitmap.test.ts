import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { DecodeError } from '../../bindings/decode-error.js';
import { ENVELOPE_BYTES, envelope, seal } from '../../bindings/envelope.js';
import { Arena, ArenaFullError, DisposedError, SnapshotError } from '../../bindings/index.js';
import { Bitmap } from '../../src/structures/bitmap/index.js';
import { claims } from '../sketches/claims.js';
import { seededRandom, testSeed } from '../support/random.js';

const seed = testSeed('bitmap claims');
const LAST = 0xffff_ffff;

let arena = new Arena({ seed: 1 });
afterEach(() => {
  arena.check();
  arena = new Arena({ seed: 1 });
});

function numbers(count: number, of: (i: number) => number): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: count }, (_, i) => of(i));
}

/** Arrays, runs and, but in round 0, bits: other ones each round. */
function fill(bitmap: Bitmap, round: number): void {
  const random = seededRandom(seed + round);
  bitmap.addMany(numbers(100, () => random.below(2 ** 32)));
  if (round > 0) bitmap.addMany(numbers(6000, () => 65_536 * 9 + random.below(65_536)));
  bitmap.addRange(65_536 * 20 + 1000 * round, 65_536 * 20 + 1000 * round + 500);
  bitmap.optimize();
}

claims({
  name: 'Bitmap',
  kind: 50,
  make: (options) => new Bitmap(options),
  fromBytes: (bytes, options) => Bitmap.fromBytes(bytes, options),
  open: (from, name) => Bitmap.open(from, name),
  fill,
  exercise: (bitmap) => {
    bitmap.stats();
    bitmap.toArray();
    bitmap.at(bitmap.size >> 1);
    bitmap.rankOf(700_000);
    bitmap.or(Bitmap.from([1, 70_000]));
    bitmap.flipRange(0, 200_000);
    for (const value of bitmap.values({ from: 600, reverse: true })) bitmap.remove(value);
    bitmap.optimize();
  },
  tooLarge: (full) => {
    using bitmap = new Bitmap({ arena: full });
    const random = seededRandom(seed);
    for (;;) bitmap.add(random.below(2 ** 32));
  },
});

describe('Bitmap: the portable format', () => {
  // Bytes that CRoaring wrote, by way of npm's `roaring` 2.7.0: new RoaringBitmap32(values), addRange(…) of each range,
  // runOptimize() where there are ranges, serialize('portable').
  const vectors: [name: string, values: number[], ranges: [from: number, end: number][], hex: string][] = [
    ['empty', [], [], '3a30000000000000'],
    ['one value', [0], [], '3a3000000100000000000000100000000000'],
    ['the last value', [LAST], [], '3a30000001000000ffff000010000000ffff'],
    [
      'three containers without runs',
      [1, 2, 3, 65_536, LAST],
      [],
      '3a300000030000000000020001000000ffff00002000000026000000280000000100020003000000ffff',
    ],
    ['one run', [], [[10, 20]], '3b300000010000090001000a000900'],
    ['a full container', [], [[0, 65_536]], '3b300000010000ffff01000000ffff'],
    [
      'three containers with runs, which have no offsets',
      [131_072, 131_074],
      [
        [0, 100],
        [70_000, 70_010],
      ],
      '3b3002000300006300010009000200010001000000630001007011090000000200',
    ],
    [
      'four containers with runs, which have them',
      [131_072, 131_074, 300_000],
      [
        [0, 100],
        [70_000, 70_010],
      ],
      '3b3003000300006300010009000200010004000000250000002b000000310000003500000001000000630001007011090000000200e093',
    ],
    [
      'more containers than a byte has flags',
      [262_144, 330_000, 400_000, 500_000, 530_000, 600_000, 700_001],
      [
        [0, 4],
        [65_536, 65_540],
        [196_608, 196_700],
      ],
      '3b3009000700000003000100030003005b000400000005000000060000000700000008000000090000000a000000560000005c00000062000000680000006a0000006c0000006e000000700000007200000074000000010000000300010000000300010000005b0000001009801a20a15016c02761ae',
    ],
  ];

  for (const [name, values, ranges, hex] of vectors) {
    it(`writes and reads what CRoaring writes: ${name}`, () => {
      const bitmap = Bitmap.from(values, { arena });
      for (const [from, end] of ranges) bitmap.addRange(from, end);
      if (ranges.length > 0) bitmap.optimize();
      expect(Buffer.from(bitmap.toPortable()).toString('hex')).toBe(hex);
      expect(bitmap.stats().portableBytes).toBe(hex.length / 2);
      const again = Bitmap.fromPortable(Buffer.from(hex, 'hex'), { arena });
      again.check();
      expect(again.equals(bitmap)).toBe(true);
      expect(Buffer.from(again.toPortable()).toString('hex')).toBe(hex);
    });
  }

  it('writes the files of the specification to the byte', () => {
    // RoaringFormatSpec, testdata/: what its README says they hold, and their SHA-256.
    const values = [
      ...numbers(100, (i) => 1000 * i),
      ...numbers(100_000, (i) => 3 * (100_000 + i)),
      ...numbers(100_000, (i) => 700_000 + i),
    ];
    const bitmap = Bitmap.from(values, { arena });
    const digest = () => createHash('sha256').update(bitmap.toPortable()).digest('hex');
    expect(digest()).toBe('d719ae2e0150a362ef7cf51c361527585891f01460b1a92bcfb6a7257282a442');
    bitmap.optimize();
    expect(digest()).toBe('1f1909bfdd354fa2f0694fe88b8076833ca5383ad9fc3f68f2709c84a2ab70e3');
    const again = Bitmap.fromPortable(bitmap.toPortable(), { arena });
    expect(again.equals(bitmap)).toBe(true);
    expect(again.stats().portableBytes).toBe(48_056);
  });

  /** Bytes from numbers of two bytes each. */
  const halves = (...of: number[]) => new Uint8Array(Uint16Array.from(of).buffer);
  const NO_RUNS = [12_346, 0];

  for (const [name, bytes, message] of [
    ['nothing', new Uint8Array(0), /at 0: the bytes end before/],
    ['a cookie alone', halves(...NO_RUNS), /at 4: the bytes end/],
    ['another cookie', halves(12_345, 0, 0, 0), /at 0: no cookie/],
    ['a cookie without runs that has a count', halves(12_346, 1, 0, 0), /at 0: no cookie/],
    ['more containers than there are keys', halves(...NO_RUNS, 1, 1), /at 4: more than 65536/],
    ['as many containers as there are keys, and no bytes', halves(...NO_RUNS, 0, 1), /bytes end/],
    ['a container that is not there', halves(...NO_RUNS, 1, 0, 0, 0, 16, 0), /at 16: the bytes end/],
    ['flags for no container', halves(12_347, 0, 0x0003, 0, 0), /flags are set/],
    ['a key twice', halves(...NO_RUNS, 2, 0, 5, 0, 5, 0, 24, 0, 26, 0, 1, 1), /at 12: the keys do not ascend/],
    ['keys that descend', halves(...NO_RUNS, 2, 0, 5, 0, 4, 0, 24, 0, 26, 0, 1, 1), /keys do not ascend/],
    ['an offset that leads elsewhere', halves(...NO_RUNS, 1, 0, 0, 0, 17, 0, 1), /at 12: the offset/],
    ['an offset beyond everything', halves(...NO_RUNS, 1, 0, 0, 0, 0xffff, 0xffff, 1), /the offset/],
    ['an array with a value twice', halves(...NO_RUNS, 1, 0, 0, 1, 16, 0, 7, 7), /at 18: the values of an array/],
    ['an array that descends', halves(...NO_RUNS, 1, 0, 0, 2, 16, 0, 7, 9, 8), /at 20: the values of an array/],
    ['fewer bits than stated', halves(...NO_RUNS, 1, 0, 0, 4999, 16, 0, ...new Array(4096).fill(1)), /as many values/],
    ['bytes behind the end', halves(...NO_RUNS, 1, 0, 0, 0, 16, 0, 1, 2), /at 18: bytes follow/],
    ['bytes behind nothing', halves(...NO_RUNS, 0, 0, 0), /bytes follow/],
  ] as [string, Uint8Array, RegExp][]) {
    it(`refuses ${name}`, () => {
      const used = arena.bytesUsed;
      expect(() => Bitmap.fromPortable(bytes, { arena })).toThrow(DecodeError);
      expect(() => Bitmap.fromPortable(bytes, { arena })).toThrow(message);
      expect(arena.bytesUsed).toBe(used);
    });
  }

  /** One container of runs, each a start and a length − 1, with so many values stated. */
  function runs(stated: number, ...list: number[]): Uint8Array {
    const body = halves(0, stated - 1, list.length >> 1, ...list);
    return Uint8Array.from([0x3b, 0x30, 0, 0, 1, ...body]);
  }

  for (const [name, bytes, message] of [
    ['no runs', runs(1), /has no runs/],
    ['runs that overlap', runs(20, 0, 9, 5, 9), /runs overlap/],
    ['runs that touch', runs(20, 0, 9, 10, 9), /runs overlap, touch/],
    ['runs that descend', runs(2, 10, 0, 5, 0), /do not ascend/],
    ['a run beyond the last value', runs(11, 65_530, 10), /past 65535/],
    ['more values than stated', runs(10, 0, 10), /as many values/],
    ['fewer values than stated', runs(12, 0, 10), /as many values/],
    ['more runs than bytes', runs(10, 0, 9).subarray(0, 13), /bytes end/],
    ['a number of runs that is cut', runs(10, 0, 9).subarray(0, 10), /bytes end/],
  ] as [string, Uint8Array, RegExp][]) {
    it(`refuses a run container with ${name}`, () => {
      expect(() => Bitmap.fromPortable(bytes, { arena })).toThrow(message);
    });
  }

  it('reads run containers that waste bytes, as others may write them, and a cookie for runs where there are none', () => {
    const list = [...numbers(3000, (i) => (i & 1 ? 1 : 6 * (i >> 1)))];
    const few = Bitmap.fromPortable(runs(3000, ...list), { arena });
    few.check();
    expect(few.stats()).toMatchObject({ size: 3000, runs: 1 });
    const singles = [...numbers(20_000, (i) => (i & 1 ? 0 : i))];
    const many = Bitmap.fromPortable(runs(10_000, ...singles), { arena });
    many.check();
    expect(many.stats()).toMatchObject({ size: 10_000, runs: 0, bitmaps: 1 });
    expect(many.at(9999)).toBe(19_998);
    const some = Bitmap.fromPortable(runs(3000, ...singles.slice(0, 6000)), { arena });
    expect(some.stats()).toMatchObject({ size: 3000, runs: 0, arrays: 1 });
    some.check();
    const bytes = Uint8Array.from([0x3b, 0x30, 0, 0, 0, ...halves(0, 0, 7)]);
    expect([...Bitmap.fromPortable(bytes, { arena })]).toEqual([7]);
    // In an envelope stands only what a Bitmap writes.
    for (const payload of [bytes, runs(10_000, ...singles)]) {
      const sealed = envelope({ number: 50, name: '' }, 1, payload.length);
      sealed.set(payload, ENVELOPE_BYTES);
      expect(() => Bitmap.fromBytes(seal(arena, sealed), { arena })).toThrow(SnapshotError);
    }
  });

  it('survives bytes that are damaged anywhere: refused, or a sound bitmap', () => {
    const random = seededRandom(seed + 5);
    const bitmap = new Bitmap({ arena });
    fill(bitmap, 1);
    const bytes = bitmap.toPortable();
    const used = arena.bytesUsed;
    let sound = 0;
    for (let round = 0; round < 800; round++) {
      const damaged = bytes.slice(0, random.below(8) === 0 ? random.below(bytes.length) : bytes.length);
      for (let i = random.below(3); i >= 0 && damaged.length > 0; i--) {
        const at = random.below(random.below(2) === 0 ? Math.min(900, damaged.length) : damaged.length);
        damaged[at] = random.below(256);
      }
      try {
        const again = Bitmap.fromPortable(damaged, { arena });
        again.check();
        again.flipRange(0, 5000);
        again.check();
        again.dispose();
        sound++;
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }
    expect(sound).toBeGreaterThan(0);
    expect(arena.bytesUsed - used).toBeLessThan(200_000);
    expect(() => Bitmap.fromPortable('no' as never)).toThrow(/must be a Uint8Array, got no/);
  });
});

describe('Bitmap', () => {
  it('keeps 4096 values of a key as an array, more as bits, and rows of them as runs once optimized', () => {
    const bitmap = Bitmap.from(
      numbers(4096, (i) => 2 * i),
      { arena },
    );
    expect(bitmap.stats()).toMatchObject({ arrays: 1, bitmaps: 0, runs: 0 });
    bitmap.add(1);
    expect(bitmap.stats()).toMatchObject({ arrays: 0, bitmaps: 1 });
    bitmap.remove(0);
    expect(bitmap.stats()).toMatchObject({ arrays: 1, bitmaps: 0 });
    bitmap.addRange(0, 8192);
    expect(bitmap.size).toBe(8192);
    expect(bitmap.optimize()).toBeGreaterThan(0);
    expect(bitmap.stats()).toMatchObject({ arrays: 0, bitmaps: 0, runs: 1, portableBytes: 15 });
    // A run that is divided again and again gives way.
    for (let value = 0; value < 8192; value += 2) bitmap.remove(value);
    bitmap.check();
    expect(bitmap.stats()).toMatchObject({ size: 4096, arrays: 1, runs: 0 });
    expect(bitmap.has(4095) && !bitmap.has(4096)).toBe(true);
  });

  it('holds every u32 there is, in a few bytes each 65 536', () => {
    const bitmap = new Bitmap({ arena });
    expect(bitmap.addRange(0, 2 ** 32)).toBe(2 ** 32);
    bitmap.check();
    expect(bitmap.stats()).toMatchObject({ size: 2 ** 32, containers: 65_536, runs: 65_536 });
    expect(bitmap.has(LAST)).toBe(true);
    expect([bitmap.min, bitmap.max, bitmap.at(-1), bitmap.rankOf(LAST)]).toEqual([0, LAST, LAST, LAST]);
    expect(bitmap.hasRange(0, 2 ** 32)).toBe(true);
    expect(bitmap.remove(2 ** 31)).toBe(true);
    expect(bitmap.hasRange(0, 2 ** 32)).toBe(false);
    expect(bitmap.countRange(2 ** 31, 2 ** 32)).toBe(2 ** 31 - 1);
    bitmap.flipRange(0, 2 ** 32);
    expect([...bitmap]).toEqual([2 ** 31]);
    expect(bitmap.removeRange(1, 2 ** 32)).toBe(1);
    expect(bitmap.stats()).toMatchObject({ size: 0, containers: 0 });
    expect(Object.is(bitmap.removeRange(0, 5), 0)).toBe(true);
  });

  it('finds values by index and index by value, counted from either end', () => {
    const bitmap = Bitmap.from([5, 70_000, LAST, 10], { arena });
    expect([0, 1, 2, 3, 4, -1, -4, -5].map((i) => bitmap.at(i))).toEqual([
      5,
      10,
      70_000,
      LAST,
      undefined,
      LAST,
      5,
      undefined,
    ]);
    expect([0, 5, 6, 70_000, 80_000, LAST].map((value) => bitmap.rankOf(value))).toEqual([0, 0, 1, 2, 3, 3]);
    const empty = new Bitmap({ arena });
    expect([empty.min, empty.max, empty.at(0), empty.rankOf(7)]).toEqual([undefined, undefined, undefined, 0]);
    expect(empty.toArray().length).toBe(0);
    expect([...empty.values({ reverse: true })]).toEqual([]);
  });

  it('iterates up and down, from any value, across batches', () => {
    const values = numbers(10_000, (i) => 13 * i);
    const bitmap = Bitmap.from(values, { arena });
    expect([...bitmap].join()).toBe(values.join());
    expect([...bitmap.values({ reverse: true })].join()).toBe(values.toReversed().join());
    expect(bitmap.values({ from: 14 }).next().value).toBe(26);
    expect(bitmap.values({ from: 12, reverse: true }).next().value).toBe(0);
    expect([...Bitmap.from([0, LAST], { arena }).values({ from: LAST })]).toEqual([LAST]);
    expect([...Bitmap.from([0, LAST], { arena }).values({ from: 0, reverse: true })]).toEqual([0]);
    const iterator = bitmap.values();
    iterator.next();
    iterator.return?.();
    expect(iterator.next().done).toBe(true);
  });

  it('goes on behind the value met last when it changes while it is iterated', () => {
    const bitmap = Bitmap.from([1, 5, 9, 70_000], { arena });
    const seen: number[] = [];
    for (const value of bitmap) {
      seen.push(value);
      if (value === 1) {
        bitmap.remove(5);
        bitmap.add(3);
        bitmap.add(0);
      }
      if (value === 9) bitmap.addRange(100, 102);
    }
    expect(seen).toEqual([1, 3, 9, 100, 101, 70_000]);
    const down: number[] = [];
    for (const value of bitmap.values({ reverse: true })) {
      down.push(value);
      if (value === 101) bitmap.andNot(Bitmap.from([100, 3]));
      if (value === 9) bitmap.or(Bitmap.from([8, 10]));
      if (value === 1) bitmap.clear();
    }
    expect(down).toEqual([70_000, 101, 9, 8, 1]);
    const ended = bitmap.values();
    expect(ended.next().done).toBe(true);
    bitmap.add(7);
    expect(ended.next().done).toBe(true);
    const iterator = bitmap.values();
    bitmap.dispose();
    expect(() => iterator.next()).toThrow(DisposedError);
  });

  it('takes itself as the other', () => {
    const values = numbers(5000, (i) => i * i);
    for (const [operation, size] of [
      ['and', 5000],
      ['or', 5000],
      ['xor', 0],
      ['andNot', 0],
    ] as const) {
      const bitmap = Bitmap.from(values, { arena });
      const made = Bitmap[operation](bitmap, bitmap);
      expect(made.size).toBe(size);
      expect(bitmap[operation](bitmap).size).toBe(size);
      expect(bitmap.equals(made)).toBe(true);
      bitmap.check();
    }
    const bitmap = Bitmap.from(values, { arena });
    expect([bitmap.andCount(bitmap), bitmap.jaccard(bitmap), bitmap.isSubsetOf(bitmap)]).toEqual([5000, 1, true]);
    expect(new Bitmap({ arena }).jaccard(new Bitmap({ arena }))).toBe(1);
  });

  it('takes bitmaps of other arenas, and leaves nothing of them behind', () => {
    const elsewhere = new Arena({ seed: 3 });
    const other = Bitmap.from([1, 2, 100_000], { arena: elsewhere });
    const bitmap = Bitmap.from([2, 3], { arena });
    bitmap.intersects(other);
    arena.scratch(200_000);
    const used = arena.bytesUsed;
    expect(bitmap.andCount(other)).toBe(1);
    expect(bitmap.equals(other)).toBe(false);
    expect(Bitmap.or(other, bitmap).arena).toBe(elsewhere);
    const made = Bitmap.xor(other, bitmap, { arena });
    expect([...made]).toEqual([1, 3, 100_000]);
    made.dispose();
    expect(arena.bytesUsed).toBe(used);
    expect([...bitmap.or(other)]).toEqual([1, 2, 3, 100_000]);
    const copy = bitmap.clone({ arena: elsewhere, name: 'copy' });
    expect(Bitmap.open(elsewhere, 'copy')).toBe(copy);
    expect(copy.equals(bitmap)).toBe(true);
    elsewhere.check();
  });

  it('is made of arrays, iterables and Uint32Arrays of any order and size', () => {
    const random = seededRandom(seed);
    for (const [count, bound] of [
      [10, 100],
      [500, 2 ** 32],
      [70_000, 2 ** 32],
      [100_000, 150_000],
    ] as const) {
      const values = numbers(count, () => random.below(bound));
      const expected = [...new Set(values)].sort((a, b) => a - b).join();
      const bitmap = Bitmap.from(values, { arena });
      bitmap.check();
      expect(bitmap.toArray().join() === expected).toBe(true);
      expect(Bitmap.from(new Set(values), { arena }).equals(bitmap)).toBe(true);
      const flags = bitmap.hasMany(values);
      expect(flags.every((flag) => flag === 1)).toBe(true);
      expect(bitmap.removeMany(values)).toBe(bitmap.size === 0 ? expected.split(',').length : -1);
    }
  });

  it('refuses what is no value, range, index or set, and nothing has changed', () => {
    const bitmap = Bitmap.from([1, 2, 3], { arena });
    const before = bitmap.toBytes();
    for (const value of [-1, 1.5, 2 ** 32, Number.NaN, Infinity]) {
      for (const use of [
        () => bitmap.add(value),
        () => bitmap.remove(value),
        () => bitmap.has(value),
        () => bitmap.rankOf(value),
        () => bitmap.values({ from: value }),
        () => Bitmap.from([value]),
      ]) {
        expect(use).toThrow(RangeError);
      }
    }
    expect(() => bitmap.add('1' as never)).toThrow(/A value must be a number, got 1/);
    expect(() => bitmap.add(2 ** 32)).toThrow(/A value must be an integer from 0 to 4294967295, got 4294967296/);
    expect(() => bitmap.addRange(5, 4)).toThrow(/end must not be below from, got 5 and 4/);
    expect(() => bitmap.addRange(0, 2 ** 32 + 1)).toThrow(/end must be an integer from 0 to 4294967296/);
    expect(() => bitmap.removeRange(-1, 4)).toThrow(RangeError);
    expect(() => bitmap.flipRange(0.5, 4)).toThrow(RangeError);
    expect(() => bitmap.countRange('0' as never, 4)).toThrow(TypeError);
    expect(() => bitmap.at(0.5)).toThrow(/An index must be an integer, got 0.5/);
    expect(() => bitmap.addMany([1, 2] as never)).toThrow(/values must be a Uint32Array, got \[object Array\]/);
    expect(() => bitmap.hasMany(new Float64Array(1) as never)).toThrow(TypeError);
    expect(() => Bitmap.from(5 as never)).toThrow(TypeError);
    for (const use of ['and', 'or', 'xor', 'andNot', 'andCount', 'intersects', 'isSubsetOf', 'equals'] as const) {
      expect(() => bitmap[use](new Set([1]) as never)).toThrow(/must be a Bitmap, got \[object Set\]/);
    }
    expect(() => Bitmap.or(bitmap, undefined as never)).toThrow(TypeError);
    const gone = new Bitmap({ arena });
    gone.dispose();
    expect(() => bitmap.or(gone)).toThrow(DisposedError);
    expect(() => Bitmap.and(gone, bitmap)).toThrow(DisposedError);
    expect(Buffer.compare(bitmap.toBytes(), before)).toBe(0);
    expect(bitmap.addRange(7, 7) + bitmap.removeRange(2 ** 32, 2 ** 32)).toBe(0);
  });

  it('holds what it held where the arena is full, whatever was asked', () => {
    const random = seededRandom(seed + 2);
    const big = new Bitmap({ arena });
    for (let key = 0; key < 40; key++) big.addMany(numbers(5000, () => key * 65_536 + random.below(65_536)));
    const ends: string[] = [];
    for (const maxBytes of [1 << 18, (1 << 18) + 40_000, (1 << 18) + 90_000]) {
      const small = new Arena({ maxBytes });
      const bitmap = new Bitmap({ arena: small });
      bitmap.addMany(numbers(3000, () => random.below(30 * 65_536)));
      bitmap.addRange(65_536 * 5, 65_536 * 9);
      const before = bitmap.toPortable();
      for (const [name, use] of [
        ['addMany', () => bitmap.addMany(numbers(60_000, () => random.below(2 ** 32)))],
        ['or', () => bitmap.or(big)],
        ['xor', () => bitmap.xor(big)],
        ['addRange', () => bitmap.addRange(0, 2 ** 32)],
        ['flipRange', () => bitmap.flipRange(100, 2 ** 32)],
        ['Bitmap.or', () => Bitmap.or(bitmap, big, { arena: small })],
      ] as const) {
        expect(use, name).toThrow(ArenaFullError);
        bitmap.check();
        expect(Buffer.compare(bitmap.toPortable(), before), name).toBe(0);
      }
      small.check();
      // Value by value until nothing fits: all that were added are there.
      const added = new Set<number>(bitmap);
      for (;;) {
        const value = random.below(2 ** 32);
        try {
          bitmap.add(value);
          added.add(value);
        } catch (error) {
          if (!(error instanceof ArenaFullError)) throw error;
          break;
        }
      }
      bitmap.check();
      expect(bitmap.size).toBe(added.size);
      ends.push(`${bitmap.size > 3000}`);
      bitmap.optimize();
      bitmap.check();
      expect(bitmap.size).toBe(added.size);
      bitmap.dispose();
      small.check();
    }
    expect(ends).toEqual(['true', 'true', 'true']);
  });

  it('gives back what it does not need', () => {
    arena.scratch(300_000);
    const used = arena.bytesUsed;
    const bitmap = new Bitmap({ arena });
    const random = seededRandom(seed);
    for (let i = 0; i < 5000; i++) bitmap.add(random.below(50 * 65_536));
    const grown = bitmap.stats().bytes;
    expect(arena.bytesUsed - used).toBe(grown);
    const back = bitmap.shrink();
    expect(back).toBeGreaterThan(0);
    expect(bitmap.stats().bytes).toBe(grown - back);
    expect(bitmap.shrink()).toBe(0);
    bitmap.check();
    const copy = bitmap.clone();
    expect(copy.equals(bitmap)).toBe(true);
    copy.dispose();
    for (const value of bitmap) bitmap.remove(value);
    expect(bitmap.stats()).toMatchObject({ size: 0, containers: 0 });
    bitmap.dispose();
    expect(arena.bytesUsed).toBe(used);
  });

  it('leaves nothing behind, thousands of times', () => {
    const other = Bitmap.from(
      numbers(100, (i) => 700 * i),
      { arena },
    );
    arena.scratch(300_000);
    const used = arena.bytesUsed;
    for (let i = 0; i < 3000; i++) {
      using bitmap = Bitmap.from([i, 70_000 + i], { arena });
      bitmap.or(other).xor(other).addRange(5, 100_000);
      bitmap.and(other);
      bitmap.andNot(other);
    }
    expect(arena.bytesUsed).toBe(used);
  });
});
