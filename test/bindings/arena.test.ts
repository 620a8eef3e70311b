import { afterAll, describe, expect, it } from 'vitest';
import { Arena, ArenaFullError, AshlarError, DisposedError, NameError } from '../../bindings/index.js';
import { Xxh64 } from '../../src/codecs/hash/index.js';

const MAX_BYTES = 65_535 * 65_536;

describe('Arena', () => {
  it('accounts every byte, its own header included', () => {
    const arena = new Arena({ maxBytes: 1 << 20 });
    const empty = arena.bytesUsed;
    expect(empty).toBeGreaterThan(0);
    const a = arena.alloc(100);
    expect(arena.bytesUsed - empty).toBe(104);
    expect(arena.blockCount).toBe(1);
    arena.free(a);
    expect(arena.bytesUsed).toBe(empty);
    expect(arena.peakBytesUsed).toBe(empty + 104);
    arena.check();
  });

  it('takes memory from the system as it is needed, never beyond its budget', () => {
    const arena = new Arena({ maxBytes: 1 << 20 });
    expect(arena.bytesReserved).toBe(65_536);
    const blocks: number[] = [];
    expect(() => {
      for (;;) blocks.push(arena.alloc(1000));
    }).toThrow(ArenaFullError);
    expect(arena.bytesReserved).toBe(1 << 20);
    expect(arena.bytesUsed).toBeGreaterThan((1 << 20) - 1100);
    expect(arena.bytesUsed).toBeLessThanOrEqual(1 << 20);
    for (const block of blocks) arena.free(block);
    arena.check();
    // All of it can be had again in one piece.
    arena.alloc((1 << 20) - 3784 - 4);
    expect(arena.bytesUsed).toBe(1 << 20);
    arena.dispose();
  });

  it('grows the last block where it stands when nothing else could hold it', () => {
    const arena = new Arena({ maxBytes: 1 << 20 });
    const last = arena.alloc(600_000);
    arena.u8Until(last + 600_000).fill(5, last, last + 600_000);
    // Twice this size would not fit beside itself.
    expect(arena.realloc(last, 900_000)).toBe(last);
    expect(arena.u8Until(last + 900_000)[last + 599_999]).toBe(5);
    arena.check();
    const full = arena.bytesUsed;
    expect(() => arena.realloc(last, 1 << 20)).toThrow(ArenaFullError);
    expect(arena.bytesUsed).toBe(full);
    arena.check();
    arena.dispose();
  });

  it('never gives a block that is too small near the limit of 4 GiB', () => {
    // Classes of the largest sizes are 64 MiB wide: a free block of the right class may still be too small.
    const arena = new Arena();
    const first = arena.alloc(0xfc10_0000);
    arena.free(first);
    const reserved = arena.bytesReserved;
    const second = arena.alloc(0xfe00_0000);
    arena.check();
    expect(arena.bytesReserved).toBeGreaterThan(reserved);
    arena.free(second);
    expect(() => arena.alloc(0xffff_0000)).toThrow(ArenaFullError);
    arena.check();
    arena.dispose();
  });

  it('aligns', () => {
    const arena = new Arena({ maxBytes: 1 << 22 });
    for (let alignment = 1; alignment <= 65_536; alignment *= 2) {
      const address = arena.allocAligned(10, alignment);
      expect(address % alignment).toBe(0);
      expect(address % 8).toBe(0);
    }
    for (const wrong of [0, -8, 24, 1.5, Number.NaN, 131_072]) {
      expect(() => arena.allocAligned(10, wrong)).toThrow(RangeError);
    }
    arena.check();
    arena.dispose();
  });

  it('refuses impossible sizes: nonsense by RangeError, too much by ArenaFullError', () => {
    const arena = new Arena({ maxBytes: 1 << 20 });
    const block = arena.alloc(10);
    const used = arena.bytesUsed;
    for (const wrong of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => arena.alloc(wrong)).toThrow(RangeError);
      expect(() => arena.realloc(block, wrong)).toThrow(RangeError);
      expect(() => arena.allocAligned(wrong, 16)).toThrow(RangeError);
    }
    for (const huge of [2 ** 32 - 1, 2 ** 32, 2 ** 32 + 8, 2 ** 40]) {
      expect(() => arena.alloc(huge)).toThrow(ArenaFullError);
      expect(() => arena.realloc(block, huge)).toThrow(ArenaFullError);
      expect(() => arena.allocAligned(huge, 4096)).toThrow(ArenaFullError);
      expect(() => arena.scratch(huge)).toThrow(ArenaFullError);
    }
    expect(arena.bytesUsed).toBe(used);
    arena.check();
    arena.dispose();
  });

  it('a full budget throws ArenaFullError with the figures, and nothing has changed', () => {
    const arena = new Arena({ maxBytes: 1 << 16, name: 'small' });
    arena.alloc(30_000);
    const used = arena.bytesUsed;
    const before = arena.u8Until(1 << 16).slice();
    let error: unknown;
    try {
      arena.alloc(50_000);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(ArenaFullError);
    expect(error).toBeInstanceOf(AshlarError);
    expect(error).toMatchObject({
      name: 'ArenaFullError',
      code: 'ARENA_FULL',
      requestedBytes: 50_000,
      bytesUsed: used,
      maxBytes: 1 << 16,
    });
    expect(String(error)).toContain('Arena "small" is full: an allocation (50000 bytes) does not fit');
    expect(Buffer.compare(arena.u8Until(1 << 16), before)).toBe(0);
    arena.check();
    arena.dispose();
  });

  it('refuses budgets it cannot keep', () => {
    for (const maxBytes of [0, 65_535, -1, 70_000.5, Number.NaN, MAX_BYTES + 1]) {
      expect(() => new Arena({ maxBytes })).toThrow(/maxBytes must be an integer from 65536 to 4294901760, got/);
    }
    expect(new Arena({ maxBytes: MAX_BYTES }).maxBytes).toBe(MAX_BYTES);
    expect(new Arena({ maxBytes: 65_543 }).maxBytes).toBe(65_536);
    expect(() => new Arena({ seed: 0.5 })).toThrow(RangeError);
  });

  it('has the seed it was given, and a random one otherwise', () => {
    expect(new Arena({ seed: 42 }).seed).toEqual(new Arena({ seed: 42n }).seed);
    expect(new Arena({ seed: 42 }).seed).not.toEqual(new Arena({ seed: 43 }).seed);
    expect(new Arena().seed).not.toEqual(new Arena().seed);
  });

  it('keeps its views valid across growth', () => {
    const arena = new Arena({ maxBytes: 1 << 22 });
    const a = arena.alloc(8);
    arena.u32[a >>> 2] = 0xdecade;
    arena.f64[(a + 8) >>> 3];
    const b = arena.alloc(1 << 20);
    expect(arena.u32[a >>> 2]).toBe(0xdecade);
    expect(arena.f64.length * 8).toBe(arena.bytesReserved);
    expect(arena.u8Until(b + (1 << 20)).length).toBe(arena.bytesReserved);
    expect(() => arena.u8Until(arena.bytesReserved + 1)).toThrow(RangeError);
    arena.dispose();
  });

  it('reuses its staging block, and says so when it cannot have one', () => {
    const arena = new Arena({ maxBytes: 1 << 16 });
    const first = arena.scratch(100);
    expect(arena.scratch(4000)).toBe(first);
    arena.scratch(20_000);
    const used = arena.bytesUsed;
    expect(() => arena.scratch(65_000)).toThrow(/a staging block \(65000 bytes\) does not fit/);
    // The old block went first; the next crossing gets one again.
    expect(arena.bytesUsed).toBeLessThanOrEqual(used);
    expect(arena.scratch(100)).toBeGreaterThan(0);
    arena.check();
    arena.dispose();
  });

  it('throws DisposedError after dispose, at every door; dispose itself is idempotent', () => {
    const arena = new Arena({ name: 'gone' });
    const handle = new Xxh64(0, { arena });
    arena.dispose();
    arena.dispose();
    expect(arena.disposed).toBe(true);
    const doors: (() => unknown)[] = [
      () => arena.alloc(8),
      () => arena.allocAligned(8, 16),
      () => arena.realloc(4000, 8),
      () => arena.free(4000),
      () => arena.scratch(8),
      () => arena.snapshot(),
      () => arena.check(),
      () => arena.bytesUsed,
      () => arena.bytesReserved,
      () => arena.blockCount,
      () => arena.peakBytesUsed,
      () => arena.u32,
      () => arena.f64,
      () => arena.u8Until(1),
      () => arena.memory,
      () => arena.names(),
      () => arena.assertNameFree('x'),
      () => arena.findName('x', 1, 'thing'),
      () => handle.digest(),
    ];
    for (const door of doors) expect(door).toThrow(/Arena "gone" was used after dispose|Xxh64 was used after dispose/);
    expect(doors[0]).toThrow(DisposedError);
    expect(handle.disposed).toBe(true);
    handle.dispose();
  });

  it('is one default arena until that is disposed', () => {
    const first = Arena.default;
    expect(Arena.default).toBe(first);
    first.dispose();
    expect(Arena.default).not.toBe(first);
    expect(Arena.default.disposed).toBe(false);
  });

  it('has a symbol for using', () => {
    const arena = new Arena({ maxBytes: 1 << 16 });
    const symbol = Symbol.dispose ?? Symbol.for('Symbol.dispose');
    (arena as unknown as Record<symbol, () => void>)[symbol]?.();
    expect(arena.disposed).toBe(true);
  });
});

describe('handles', () => {
  it('made and disposed 100 000 times leave nothing behind', () => {
    const arena = new Arena({ maxBytes: 1 << 20 });
    new Xxh64(0, { arena }).dispose();
    const used = arena.bytesUsed;
    const reserved = arena.bytesReserved;
    for (let i = 0; i < 100_000; i++) new Xxh64(0, { arena }).dispose();
    expect(arena.bytesUsed).toBe(used);
    expect(arena.bytesReserved).toBe(reserved);
    arena.check();
    arena.dispose();
  });

  it('that do not fit are not made', () => {
    const arena = new Arena({ maxBytes: 1 << 16 });
    arena.alloc(61_700);
    const used = arena.bytesUsed;
    expect(() => new Xxh64(0, { arena })).toThrow(ArenaFullError);
    expect(arena.bytesUsed).toBe(used);
    arena.dispose();
  });
});

describe('names', () => {
  const arena = new Arena({ maxBytes: 1 << 20, name: 'named' });
  afterAll(() => arena.dispose());
  const handle = {};

  it('are found again with their root and open handle', () => {
    const a = arena.alloc(16);
    const b = arena.alloc(16);
    arena.addName('first', 1, a, handle);
    arena.addName('Größe 世界', 2, b, handle);
    expect(arena.findName('first', 1, 'thing')).toEqual({ root: a, handle });
    expect(arena.findName('Größe 世界', 2, 'thing').root).toBe(b);
    expect(arena.names()).toEqual(['Größe 世界', 'first']);
  });

  it('are refused when taken, missing, of another kind, empty or too long', () => {
    const names = arena.names();
    expect(() => arena.addName('first', 1, 4000, handle)).toThrow(
      new NameError('Arena "named" already has a structure named "first"'),
    );
    expect(() => arena.assertNameFree('first')).toThrow(NameError);
    arena.assertNameFree('free');
    expect(() => arena.findName('missing', 1, 'thing')).toThrow(
      'Arena "named" has no structure named "missing"; it has "Größe 世界", "first"',
    );
    expect(() => arena.findName('first', 2, 'HashTable')).toThrow('"first" in arena "named" is not a HashTable');
    for (const wrong of ['', 'x'.repeat(1025), '世'.repeat(342), 'x'.repeat(1 << 20)]) {
      expect(() => arena.addName(wrong, 1, 4000, handle)).toThrow(RangeError);
    }
    expect(arena.names()).toEqual(names);
    expect(() => new Arena({ maxBytes: 1 << 16 }).findName('x', 1, 'thing')).toThrow('it has none');
  });

  it('stay apart and come back as they were, whatever their characters', () => {
    const odd = ['\ud800', '\udfff', '\ufeffbom', 'a\0b', '\ufffd', 'x'.repeat(1024)];
    const roots = odd.map((name) => {
      const root = arena.alloc(8);
      arena.addName(name, 3, root, handle);
      return root;
    });
    expect(odd.map((name) => arena.findName(name, 3, 'thing').root)).toEqual(roots);
    expect(arena.names().slice(0, odd.length)).toEqual(odd.toReversed());
    for (const root of roots) arena.removeName(root);
  });

  it('end with their structure, wherever they stand in the list', () => {
    const fresh = new Arena({ maxBytes: 1 << 20 });
    fresh.assertNameFree('n0');
    const used = fresh.bytesUsed;
    const roots = Array.from({ length: 50 }, (_, i) => 4000 + 8 * i);
    for (const [i, root] of roots.entries()) fresh.addName(`n${i}`, 1, root, handle);
    for (const i of [49, 0, 25, 24, 26]) {
      fresh.removeName(roots[i] as number);
      expect(() => fresh.findName(`n${i}`, 1, 'thing')).toThrow(/and \d+ more$/);
    }
    expect(fresh.names()).toHaveLength(45);
    for (const root of roots) fresh.removeName(root);
    expect(fresh.names()).toEqual([]);
    expect(fresh.bytesUsed).toBe(used);
    fresh.check();
  });

  it('that do not fit leave the arena as it was', () => {
    const small = new Arena({ maxBytes: 1 << 16 });
    small.scratch(4096);
    const filler = small.alloc(57_000);
    const used = small.bytesUsed;
    expect(() => small.addName('x'.repeat(1000), 1, filler, handle)).toThrow(ArenaFullError);
    expect(small.names()).toEqual([]);
    expect(small.bytesUsed).toBe(used);
    small.check();
  });
});
