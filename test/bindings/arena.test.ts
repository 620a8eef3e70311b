import { describe, expect, it } from 'vitest';
import { Arena, ArenaFullError, DisposedError, SnapshotError } from '../../bindings/index.js';

describe('Arena', () => {
  it('accounts every byte, its own header included', () => {
    const arena = new Arena({ maxBytes: 1 << 20 });
    const empty = arena.bytesUsed;
    expect(empty).toBeGreaterThan(0);
    const a = arena.alloc(100);
    expect(arena.bytesUsed - empty).toBe(104);
    arena.free(a);
    expect(arena.bytesUsed).toBe(empty);
    arena.check();
  });

  it('round-trips a snapshot', () => {
    const arena = new Arena({ maxBytes: 1 << 24 });
    const a = arena.alloc(300_000);
    arena.u8Until(a + 300_000).fill(7, a, a + 300_000);
    const bytes = arena.snapshot();
    const again = Arena.restore(bytes);
    again.check();
    expect(
      again
        .u8Until(a + 300_000)
        .subarray(a, a + 300_000)
        .every((b) => b === 7),
    ).toBe(true);
    expect(again.bytesUsed).toBe(arena.bytesUsed);
    again.free(a);
    again.check();
    bytes[5000]! ^= 1;
    expect(() => Arena.restore(bytes)).toThrow(SnapshotError);
  });

  it('throws when full', () => {
    const arena = new Arena({ maxBytes: 1 << 16 });
    expect(() => arena.alloc(1 << 16)).toThrow(ArenaFullError);
    arena.check();
    arena.dispose();
    expect(() => arena.alloc(8)).toThrow(DisposedError);
  });
});
