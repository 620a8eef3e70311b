import { describe, expect, it } from 'vitest';
import { Arena, ArenaFullError, DisposedError, NameError } from '../../bindings/index.js';
import {
  ClosedError,
  QueueFullError,
  RingSeatError,
  SharedRing,
  type SharedRingOptions,
  TimeoutError,
} from '../../src/structures/shared-ring/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { ManualTime, settled } from '../support/time.js';

const text = (record: Uint8Array | undefined) => record && new TextDecoder().decode(record);
const bytes = (...values: number[]) => Uint8Array.from(values);

function ringOf(options: Partial<SharedRingOptions> = {}) {
  const arena = options.arena ?? new Arena({ shared: true, maxBytes: 1 << 20 });
  return new SharedRing({ name: 'ring', capacityBytes: 1024, ...options, arena });
}

describe('SharedRing', () => {
  it('gives records in the order they came, as copies, strings as their UTF-8', () => {
    const ring = ringOf();
    const record = bytes(1, 2, 3);
    expect(ring.tryPush(record)).toBe(true);
    record.fill(9);
    expect(ring.tryPush('größe')).toBe(true);
    expect(ring.tryPush('')).toBe(true);
    expect([ring.size, ring.usedBytes]).toEqual([3, 8 + 12 + 4]);
    expect(ring.tryShift()).toEqual(bytes(1, 2, 3));
    expect(text(ring.tryShift())).toBe('größe');
    expect(ring.tryShift()).toEqual(new Uint8Array(0));
    expect(ring.tryShift()).toBeUndefined();
    expect([ring.size, ring.usedBytes]).toEqual([0, 0]);
    ring.check();
  });

  it('refuses what has no room, by bytes or by number, to the last byte', () => {
    const ring = ringOf({ capacityBytes: 40, capacity: 3 });
    expect([ring.capacityBytes, ring.capacity, ring.maxRecordBytes]).toEqual([40, 3, 36]);
    expect(ring.tryPush(new Uint8Array(36))).toBe(true);
    expect(ring.tryPush('')).toBe(false);
    expect(ring.tryShift()).toHaveLength(36);
    for (let i = 0; i < 3; i++) expect(ring.tryPush(bytes(i))).toBe(true);
    expect(ring.tryPush('')).toBe(false);
    expect(ring.usedBytes).toBe(24);
    expect(ring.tryShift()).toEqual(bytes(0));
    expect(ring.tryPush(bytes(3))).toBe(true);
    ring.check();
    expect(ring.tryShiftMany(10)).toEqual([bytes(1), bytes(2), bytes(3)]);
  });

  it('refuses misuse, and stays as it was', () => {
    const ring = ringOf({ capacityBytes: 64 });
    ring.tryPush('kept');
    expect(() => ring.tryPush(new Uint8Array(61))).toThrow(/at most 60 bytes, got 61/);
    expect(() => ring.tryPush(5 as never)).toThrow(TypeError);
    expect(() => ring.tryPushMany(['a', new Uint8Array(61)])).toThrow(RangeError);
    expect(() => ring.tryPushMany('abc' as never)).toThrow(TypeError);
    expect(() => ring.tryShiftMany(0)).toThrow(RangeError);
    expect(() => ring.push('x', { timeoutMs: -1 })).toThrow(RangeError);
    expect(() => ring.shiftAsync({ timeoutMs: -1 })).toThrow(RangeError);
    expect(text(ring.tryShift())).toBe('kept');
    ring.check();
    const arena = new Arena({ shared: true, maxBytes: 1 << 20 });
    expect(() => ringOf({ arena: new Arena() })).toThrow(/not shared/);
    expect(() => new SharedRing(undefined as never)).toThrow(TypeError);
    expect(() => ringOf({ arena, capacityBytes: 7 })).toThrow(RangeError);
    expect(() => ringOf({ arena, capacity: 0 })).toThrow(RangeError);
    expect(() => ringOf({ arena, producers: 'two' as never })).toThrow(RangeError);
    expect(() => ringOf({ arena, name: undefined as never })).toThrow(/needs a name/);
    expect(() => ringOf({ arena, capacityBytes: 1 << 22 })).toThrow(ArenaFullError);
    const used = arena.bytesUsed;
    ringOf({ arena });
    expect(() => ringOf({ arena })).toThrow(NameError);
    expect(arena.bytesUsed).toBeGreaterThan(used);
    arena.check();
  });

  it('is opened by its name, and freed for all', () => {
    const arena = new Arena({ shared: true, maxBytes: 1 << 20 });
    const ring = ringOf({ arena });
    expect(SharedRing.open(arena, 'ring')).toBe(ring);
    const other = Arena.attach(arena.share());
    const theirs = SharedRing.open(other, 'ring');
    theirs.tryPush('from there');
    expect(text(ring.tryShift())).toBe('from there');
    expect(() => SharedRing.open(arena, 'none')).toThrow(NameError);
    const used = arena.bytesUsed;
    ring.dispose();
    ring.dispose();
    expect(arena.bytesUsed).toBeLessThan(used - 1024);
    expect(() => ring.tryPush('x')).toThrow(DisposedError);
    expect(() => SharedRing.open(other, 'ring')).toThrow(NameError);
  });

  it('takes as many of a batch as have room, and publishes them at once', () => {
    const ring = ringOf({ capacityBytes: 64, capacity: 5 });
    const batch = Array.from({ length: 8 }, (_, i) => bytes(i, i));
    expect(ring.tryPushMany(batch)).toBe(5);
    expect(ring.tryPushMany(batch)).toBe(0);
    expect(ring.tryPushMany([])).toBe(0);
    expect(ring.tryShiftMany(2)).toEqual([bytes(0, 0), bytes(1, 1)]);
    expect(ring.tryPushMany([new Uint8Array(30), new Uint8Array(30)])).toBe(1);
    expect(ring.tryShiftMany(99).map((it) => it.length)).toEqual([2, 2, 2, 30]);
    expect(ring.tryShiftMany(99)).toEqual([]);
    expect(ring.stats()).toMatchObject({ pushed: 6, shifted: 6, size: 0, busy: 0, recovered: 0 });
  });

  it('copies into a target without allocating, and leaves what is too long where it is', () => {
    const ring = ringOf();
    const target = new Uint8Array(8);
    expect(ring.tryShiftInto(target)).toBe(-1);
    ring.tryPush(bytes(1, 2, 3));
    expect(ring.tryShiftInto(target, 6)).toBe(3);
    expect(ring.size).toBe(1);
    expect(ring.tryShiftInto(target, 5)).toBe(3);
    expect(target).toEqual(bytes(0, 0, 0, 0, 0, 1, 2, 3));
    expect(ring.size).toBe(0);
  });
});

describe('SharedRing against a queue', () => {
  it('does the same, for records of any length, wherever in the ring they stand', () => {
    const random = seededRandom(testSeed('shared ring, model'));
    for (let round = 0; round < 40; round++) {
      const capacityBytes = 8 + random.below(1200);
      const capacity = random.below(3) === 0 ? 1 + random.below(20) : 2 ** 32 - 1;
      const one = random.below(2) === 0 ? 'one' : 'many';
      const ring = ringOf({ capacityBytes, capacity, producers: one, consumers: one });
      const model: Uint8Array[] = [];
      const size = (it: Uint8Array) => (it.length + 7) & ~3;
      const fits = (it: Uint8Array) =>
        model.length < capacity && model.reduce((sum, one) => sum + size(one), size(it)) <= ring.capacityBytes;
      const record = () => {
        const most = random.below(4) === 0 ? ring.maxRecordBytes + 1 : Math.min(ring.maxRecordBytes + 1, 40);
        return Uint8Array.from({ length: random.below(most) }, () => random.below(256));
      };
      for (let step = 0; step < 200; step++) {
        const choice = random.below(5);
        if (choice < 2) {
          const it = record();
          const taken = fits(it);
          expect(ring.tryPush(it)).toBe(taken);
          if (taken) model.push(it);
        } else if (choice === 2) {
          const list = Array.from({ length: random.below(6) }, record);
          let count = 0;
          for (const it of list) {
            if (!fits(it)) break;
            model.push(it);
            count++;
          }
          expect(ring.tryPushMany(list)).toBe(count);
        } else if (choice === 3) {
          expect(ring.tryShift()).toEqual(model.shift());
        } else {
          const limit = 1 + random.below(6);
          expect(ring.tryShiftMany(limit)).toEqual(model.splice(0, limit));
        }
        expect(ring.size).toBe(model.length);
        ring.check();
      }
    }
  });

  it('goes on where positions pass 2^32', () => {
    const ring = ringOf({ capacityBytes: 4096 });
    const words = new Int32Array(ring.arena.memory.buffer);
    const root = (ring as unknown as { pointer: number }).pointer;
    // Tail, head, and where each was seen last: see layout.ts.
    for (const offset of [192, 216, 320, 344]) words[(root + offset) >>> 2] = -4000 & ~3;
    for (let i = 0; i < 300; i++) {
      const list = [new Uint8Array(1500).fill(i), new Uint8Array(1500).fill(i + 1)];
      expect(ring.tryPushMany(list)).toBe(2);
      expect(ring.usedBytes).toBe(2 * 1504);
      ring.check();
      expect(ring.tryShiftMany(9).map((it) => [it[0], it[1499]])).toEqual([
        [i & 255, i & 255],
        [(i + 1) & 255, (i + 1) & 255],
      ]);
    }
  });
});

describe('a SharedRing that is closed', () => {
  it('refuses records, gives those that are left, and then says that it has ended', async () => {
    const ring = ringOf();
    ring.tryPushMany(['a', 'b']);
    expect(ring.close()).toBe(true);
    expect(ring.close()).toBe(false);
    expect(() => ring.tryPush('c')).toThrow(ClosedError);
    expect(() => ring.tryPushMany(['c'])).toThrow(ClosedError);
    expect(() => ring.push('c')).toThrow(ClosedError);
    expect(await reasonOf(ring.pushAsync('c'))).toBeInstanceOf(ClosedError);
    expect([ring.closed, ring.ended, ring.size]).toEqual([true, false, 2]);
    expect(text(ring.shift())).toBe('a');
    expect(text(await ring.shiftAsync())).toBe('b');
    expect(ring.ended).toBe(true);
    expect(ring.shift()).toBeUndefined();
    expect(ring.shiftMany(5)).toEqual([]);
    expect(await ring.shiftAsync()).toBeUndefined();
    expect(await ring.shiftManyAsync(5)).toEqual([]);
    ring.check();
  });

  it('ends every wait and every iteration', async () => {
    const ring = ringOf({ capacityBytes: 8 });
    const taken = [ring.shiftAsync(), ring.shiftAsync()];
    await settled();
    ring.close();
    expect(await Promise.all(taken)).toEqual([undefined, undefined]);
    const full = ringOf({ capacityBytes: 8 });
    full.tryPush('full');
    const refused = reasonOf(full.pushAsync('more'));
    await settled();
    full.close();
    expect(await refused).toBeInstanceOf(ClosedError);
    const records: unknown[] = [];
    for await (const record of full) records.push(text(record));
    expect(records).toEqual(['full']);
  });
});

describe('waits of a SharedRing', () => {
  it('that hold the thread up time out', () => {
    const ring = ringOf({ capacityBytes: 8 });
    expect(() => ring.shift({ timeoutMs: 5 })).toThrow(TimeoutError);
    expect(() => ring.shiftMany(3, { timeoutMs: 0 })).toThrow(TimeoutError);
    ring.push('full');
    expect(() => ring.push('more', { timeoutMs: 5 })).toThrow(TimeoutError);
    expect(() => ring.pushMany(['more'], { timeoutMs: 5 })).toThrow(/SharedRing.pushMany timed out after 5 ms/);
    expect(text(ring.shift({ timeoutMs: 5 }))).toBe('full');
    const few = ringOf({ capacity: 1 });
    few.push('full');
    expect(() => few.push('more', { timeoutMs: 5 })).toThrow(TimeoutError);
    const target = new Uint8Array(4);
    expect(few.shiftInto(target)).toBe(4);
    expect(() => few.shiftInto(target, 0, { timeoutMs: 5 })).toThrow(TimeoutError);
    few.close();
    expect(few.shiftInto(target)).toBe(-1);
  });

  it('that do not are granted in order', async () => {
    const ring = ringOf({ capacityBytes: 16 });
    const taken = [ring.shiftAsync(), ring.shiftManyAsync(1), ring.shiftAsync()];
    await settled();
    ring.tryPush('a');
    ring.tryPush('b');
    expect(text((await taken[0]) as Uint8Array)).toBe('a');
    expect(((await taken[1]) as Uint8Array[]).map(text)).toEqual(['b']);
    await ring.pushManyAsync(['c']);
    expect(text((await taken[2]) as Uint8Array)).toBe('c');
    const all = ring.pushManyAsync(['d', 'e', 'f', 'g']);
    const more = ring.pushAsync('h');
    const got: unknown[] = [];
    while (got.length < 5) got.push(text(await ring.shiftAsync()));
    expect(got).toEqual(['d', 'e', 'f', 'g', 'h']);
    await Promise.all([all, more]);
  });

  it('end by their signal with its reason, and leave no listener and no timer', async () => {
    const time = new ManualTime();
    const ring = ringOf({ capacityBytes: 8, timer: time, clock: time });
    ring.tryPush('full');
    const signal = new CountingSignal();
    const waits = [
      ring.pushAsync('a', { signal: signal.signal }),
      ring.pushManyAsync(['b'], { signal: signal.signal }),
    ];
    await settled();
    expect([signal.listeners, time.pending]).toEqual([2, 1]);
    const reason = { stop: true };
    signal.abort(reason);
    expect(await Promise.all(waits.map(reasonOf))).toEqual([reason, reason]);
    expect(await reasonOf(ring.pushAsync('c', { signal: signal.signal }))).toBe(reason);
    expect([signal.listeners, time.pending]).toEqual([0, 0]);
    expect(text(ring.tryShift())).toBe('full');
    expect(ring.size).toBe(0);
    const late = reasonOf(ring.shiftAsync({ timeoutMs: 50 }));
    time.advance(50);
    expect(await late).toBeInstanceOf(TimeoutError);
    expect(time.pending).toBe(0);
  });

  it('leave one signal as it was, a hundred thousand of them', async () => {
    const ring = ringOf({ capacityBytes: 8 });
    const signal = new CountingSignal();
    for (let i = 0; i < 100_000; i++) {
      ring.tryPush('x');
      void ring.shiftAsync({ signal: signal.signal });
    }
    expect(signal.listeners).toBe(0);
    for (let i = 0; i < 1000; i++) {
      const wait = ring.shiftAsync({ signal: signal.signal });
      ring.tryPush('x');
      await wait;
    }
    expect(signal.listeners).toBe(0);
  });

  it('are bounded in number', async () => {
    const ring = ringOf({ maxQueue: 1 });
    const first = ring.shiftAsync();
    expect(await reasonOf(ring.shiftAsync())).toBeInstanceOf(QueueFullError);
    ring.tryPush('x');
    expect(text(await first)).toBe('x');
  });

  it('end when the ring is disposed of', async () => {
    const ring = ringOf();
    const wait = reasonOf(ring.shiftAsync());
    ring.dispose();
    expect(await wait).toBeInstanceOf(ClosedError);
  });
});

describe('a SharedRing of one producer and one consumer', () => {
  it('refuses a second one until the first releases, leaves, or is buried', () => {
    const arena = new Arena({ shared: true, maxBytes: 1 << 20 });
    const ring = ringOf({ arena, producers: 'one', consumers: 'one' });
    const [other, third] = [Arena.attach(arena.share()), Arena.attach(arena.share())];
    const theirs = SharedRing.open(other, 'ring');
    ring.tryPush('a');
    expect(() => theirs.tryPush('b')).toThrow(RingSeatError);
    expect(text(theirs.tryShift())).toBe('a');
    expect(() => ring.tryShift()).toThrow(/one consumer, and another thread is it/);
    ring.release();
    expect(theirs.tryPush('b')).toBe(true);
    expect(() => ring.tryPush('c')).toThrow(RingSeatError);
    arena.bury(1);
    expect(ring.tryPush('c')).toBe(true);
    expect(ring.tryShiftMany(5).map(text)).toEqual(['b', 'c']);
    expect(ring.stats().recovered).toBe(2);
    arena.dispose();
    const last = SharedRing.open(third, 'ring');
    expect(last.tryPush('d')).toBe(true);
    // Who comes to the place of one who left is somebody else.
    expect(() => SharedRing.open(Arena.attach(third.share()), 'ring').tryPush('e')).toThrow(RingSeatError);
    last.check();
  });
});
