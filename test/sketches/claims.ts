/** What every sketch claims: one table of cases, run by each. */

import { describe, expect, it } from 'vitest';
import { ENVELOPE_BYTES, envelope, seal } from '../../bindings/envelope.js';
import { Arena, ArenaFullError, DisposedError, NameError, SnapshotError } from '../../bindings/index.js';
import { seededRandom, testSeed } from '../support/random.js';

interface Structure {
  readonly disposed: boolean;
  toBytes(): Uint8Array<ArrayBuffer>;
  check(): void;
  clear(): void;
  dispose(): void;
}

/** How a sketch is made, filled and read in these cases. */
export interface Claims<S extends Structure> {
  readonly name: string;
  readonly kind: number;
  readonly make: (options: { arena?: Arena; name?: string }) => S;
  readonly fromBytes: (bytes: Uint8Array, options?: { arena?: Arena; name?: string }) => S;
  readonly open: (arena: Arena, name: string) => S;
  /** Puts something in; another `round` puts in something else. */
  readonly fill: (sketch: S, round: number) => void;
  /** Calls everything that reads or changes, without caring for the answers. */
  readonly exercise: (sketch: S) => void;
  /** Something that cannot fit an arena of 128 KiB. */
  readonly tooLarge: (arena: Arena) => unknown;
  /** A structure that is small in bytes, for the case that damages each of them. */
  readonly small?: (options: { arena?: Arena }) => S;
}

const seed = testSeed('sketches');

export function claims<S extends Structure>(of: Claims<S>): void {
  describe(`${of.name}: what every sketch claims`, () => {
    it('comes back from its bytes, in any arena and from any view', () => {
      for (const rounds of [0, 1, 3]) {
        const sketch = of.make({});
        for (let round = 0; round < rounds; round++) of.fill(sketch, round);
        const bytes = sketch.toBytes();
        const arena = new Arena({ seed: 77 });
        const again = of.fromBytes(bytes, { arena, name: 'copy' });
        again.check();
        expect(again.toBytes()).toEqual(bytes);
        expect(of.open(arena, 'copy')).toBe(again);
        const shifted = new Uint8Array(bytes.length + 3);
        shifted.set(bytes, 3);
        const third = of.fromBytes(shifted.subarray(3));
        expect(third.toBytes()).toEqual(bytes);
        const fourth = of.fromBytes(Buffer.from(bytes));
        of.fill(fourth, 9);
        of.fill(sketch, 9);
        expect(fourth.toBytes()).toEqual(sketch.toBytes());
        for (const one of [sketch, third, fourth]) one.dispose();
      }
    });

    it('refuses bytes that are damaged, cut or extended, and leaves nothing behind', () => {
      const arena = new Arena({ maxBytes: 1 << 24 });
      const sketch = (of.small ?? of.make)({ arena });
      of.fill(sketch, 0);
      const bytes = sketch.toBytes();
      arena.scratch(200_000);
      const used = arena.bytesUsed;
      const step = Math.max(1, Math.floor(bytes.length / 300));
      for (let at = 0; at < bytes.length; at += at < 200 ? 1 : step) {
        const damaged = bytes.slice();
        damaged[at] = (damaged[at] as number) ^ (1 << (at % 8));
        expect(() => of.fromBytes(damaged, { arena }), `byte ${at}`).toThrow(SnapshotError);
      }
      for (let length = 0; length < bytes.length; length += step) {
        expect(() => of.fromBytes(bytes.subarray(0, length), { arena })).toThrow(SnapshotError);
      }
      const extended = new Uint8Array(bytes.length + 64);
      extended.set(bytes);
      expect(() => of.fromBytes(extended, { arena })).toThrow(SnapshotError);
      expect(() => of.fromBytes(new Uint8Array(64), { arena })).toThrow(SnapshotError);
      expect(() => of.fromBytes('no' as never, { arena })).toThrow(TypeError);
      expect(arena.bytesUsed).toBe(used);
      arena.check();
    });

    it('a payload that lies under a right checksum is refused, or is a sound sketch', () => {
      const random = seededRandom(seed);
      const arena = new Arena({ maxBytes: 1 << 24 });
      const sketch = (of.small ?? of.make)({ arena });
      of.fill(sketch, 0);
      const bytes = sketch.toBytes();
      arena.scratch(200_000);
      const used = arena.bytesUsed;
      for (let round = 0; round < 400; round++) {
        const forged = forge(bytes, random, of.kind, arena);
        let again: S;
        try {
          again = of.fromBytes(forged, { arena });
        } catch (error) {
          if (!(error instanceof SnapshotError || error instanceof ArenaFullError)) throw error;
          expect(arena.bytesUsed).toBe(used);
          continue;
        }
        again.check();
        expect(again.toBytes()).toEqual(forged);
        if (round % 8 === 0) {
          try {
            of.exercise(again);
            of.fill(again, 1);
          } catch (error) {
            // An extreme but sound sketch may refuse what the usual one takes.
            if (!(error instanceof Error)) throw error;
          }
          again.check();
        }
        again.dispose();
        if (arena.bytesUsed > used) arena.scratch(0);
      }
      arena.check();
    });

    it('survives a snapshot under its name', () => {
      const arena = new Arena({ maxBytes: 1 << 24 });
      const sketch = of.make({ arena, name: 'seen' });
      of.fill(sketch, 0);
      expect(of.open(arena, 'seen')).toBe(sketch);
      const copy = Arena.restore(arena.snapshot());
      const again = of.open(copy, 'seen');
      expect(again.toBytes()).toEqual(sketch.toBytes());
      of.fill(again, 1);
      again.check();
      again.dispose();
      expect(() => of.open(copy, 'seen')).toThrow(NameError);
      expect(() => of.make({ arena, name: 'seen' })).toThrow(NameError);
      copy.check();
    });

    it('throws where the arena is full, and leaves nothing behind', () => {
      const arena = new Arena({ maxBytes: 1 << 17 });
      arena.scratch(4096);
      const used = arena.bytesUsed;
      expect(() => of.tooLarge(arena)).toThrow(ArenaFullError);
      expect(arena.bytesUsed).toBe(used);
      arena.check();
    });

    it('gives its memory back, thousands of times', () => {
      const arena = new Arena({ maxBytes: 1 << 24 });
      arena.scratch(200_000);
      const used = arena.bytesUsed;
      for (let i = 0; i < 2000; i++) {
        const sketch = (of.small ?? of.make)({ arena });
        if (i % 100 === 0) of.fill(sketch, 0);
        sketch.dispose();
      }
      expect(arena.bytesUsed).toBe(used);
      arena.check();
    });

    it('is refused after dispose', () => {
      const sketch = of.make({});
      of.fill(sketch, 0);
      sketch.dispose();
      sketch.dispose();
      for (const use of [
        () => of.fill(sketch, 0),
        () => sketch.toBytes(),
        () => sketch.clear(),
        () => sketch.check(),
      ]) {
        expect(use).toThrow(DisposedError);
      }
    });

    it('is as new once it is cleared', () => {
      const fresh = of.make({});
      const sketch = of.make({});
      of.fill(sketch, 0);
      sketch.clear();
      sketch.check();
      expect(sketch.toBytes()).toEqual(fresh.toBytes());
    });
  });
}

/** Changes some bytes of the payload, or its length, and seals it again. */
function forge(bytes: Uint8Array, random: ReturnType<typeof seededRandom>, kind: number, arena: Arena): Uint8Array {
  let payload = bytes.slice(ENVELOPE_BYTES);
  const cuts = random.below(6);
  if (cuts === 0) payload = payload.slice(0, random.below(payload.length + 1));
  if (cuts === 1) payload = Uint8Array.from([...payload, ...new Uint8Array(random.below(20))]);
  for (let i = random.below(4); i >= 0 && payload.length > 0; i--) {
    // The header decides most: it is hit more often.
    const at = random.below(random.below(2) === 0 ? Math.min(96, payload.length) : payload.length);
    payload[at] = [0, 255, random.below(256), (payload[at] as number) + 1, 1 << random.below(8)][
      random.below(5)
    ] as number;
  }
  const forged = envelope({ number: kind, name: '' }, 1, payload.length);
  forged.set(payload, ENVELOPE_BYTES);
  return seal(arena, forged);
}
