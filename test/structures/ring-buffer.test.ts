import { afterEach, describe, expect, it } from 'vitest';
import { Arena, NameError, SnapshotError } from '../../bindings/index.js';
import { NumberRing, RingBuffer } from '../../src/structures/ring-buffer/index.js';
import { claims } from '../sketches/claims.js';
import { seededRandom, testSeed } from '../support/random.js';

let arena = new Arena({ seed: 1 });
afterEach(() => {
  arena.check();
  arena = new Arena({ seed: 1 });
});

const text = (record: Uint8Array | undefined): string | undefined =>
  record === undefined ? undefined : Buffer.from(record).toString();

claims({
  name: 'RingBuffer',
  kind: 53,
  make: (options) => new RingBuffer({ ...options, capacity: 50, capacityBytes: 700, whenFull: 'overwrite' }),
  fromBytes: (bytes, options) => RingBuffer.fromBytes(bytes, options),
  open: (from, name) => RingBuffer.open(from, name),
  fill: (ring, round) => {
    for (let i = 0; i < 40; i++) ring.push(`${round}: record ${'x'.repeat((i * 7) % 30)}`);
  },
  exercise: (ring) => {
    for (const record of ring) record.fill(0);
    ring.at(-1);
    ring.pop();
    ring.shiftMany(3);
    ring.pushMany(['a', 'b', Uint8Array.of(1)]);
  },
  tooLarge: (full) => new RingBuffer({ arena: full, capacity: 10, capacityBytes: 1 << 20 }),
});

for (const type of ['f64', 'u32'] as const) {
  claims({
    name: `NumberRing, ${type}`,
    kind: 53,
    make: (options) => new NumberRing({ ...options, type, capacity: 64, whenFull: 'overwrite' }),
    fromBytes: (bytes, options) => NumberRing.fromBytes(bytes, options),
    open: (from, name) => NumberRing.open(from, name),
    fill: (ring, round) => {
      for (let i = 0; i < 40; i++) ring.push(100 * round + i);
    },
    exercise: (ring) => {
      for (const value of ring) ring.push(value >>> 1);
      for (const value of ring) if (value > 50) ring.shift();
      ring.at(-1);
      ring.pop();
      ring.shiftMany(3);
      ring.popMany(2);
    },
    tooLarge: (full) => new NumberRing({ arena: full, type, capacity: 1 << 20 }),
  });
}

describe('RingBuffer', () => {
  it('gives records back oldest first, and newest first from the other end', () => {
    const ring = new RingBuffer({ arena, capacity: 4 });
    for (const word of ['one', 'two', '', 'four']) expect(ring.push(word)).toBe(true);
    expect(ring.push('five')).toBe(false);
    expect([text(ring.peek()), text(ring.peekNewest()), text(ring.at(1)), text(ring.at(-2))]).toEqual([
      'one',
      'four',
      'two',
      '',
    ]);
    expect([ring.at(4), ring.at(-5)]).toEqual([undefined, undefined]);
    expect(text(ring.shift())).toBe('one');
    expect(text(ring.pop())).toBe('four');
    expect(ring.shiftMany().map(text)).toEqual(['two', '']);
    expect([ring.shift(), ring.pop(), ring.peek(), ring.peekNewest()]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(ring.stats()).toMatchObject({ size: 0, usedBytes: 0, rejected: 1, overwritten: 0, capacityBytes: 256 });
  });

  it('uses its last byte: records go on where the ring begins', () => {
    const ring = new RingBuffer({ arena, capacity: 10, capacityBytes: 10, whenFull: 'overwrite' });
    ring.push('abcdef');
    ring.push('ghij');
    expect(ring.usedBytes).toBe(10);
    ring.push('klm');
    expect([...ring].map(text)).toEqual(['ghij', 'klm']);
    ring.push('nop');
    expect([...ring].map(text)).toEqual(['ghij', 'klm', 'nop']);
    ring.push('0123456789');
    expect([...ring].map(text)).toEqual(['0123456789']);
    expect(ring.stats()).toMatchObject({ overwritten: 4 });
    ring.check();
  });

  it('refuses a record that never fits, and leaves the ring as it was', () => {
    const ring = new RingBuffer({ arena, capacity: 10, capacityBytes: 10, whenFull: 'overwrite' });
    ring.push('abc');
    const before = ring.toBytes();
    expect(() => ring.push('01234567890')).toThrow(/at most capacityBytes, 10, bytes, got 11/);
    expect(() => ring.pushMany(['x', '01234567890'])).toThrow(RangeError);
    expect(() => ring.push(5 as never)).toThrow(TypeError);
    expect(() => ring.pushMany(['x', 5 as never])).toThrow(TypeError);
    expect(Buffer.compare(ring.toBytes(), before)).toBe(0);
  });

  it('takes the first of many as far as there is room, where it refuses', () => {
    const ring = new RingBuffer({ arena, capacity: 5, capacityBytes: 12 });
    expect(ring.pushMany(['aaaa', 'bbbb', 'ccccc', 'd'])).toBe(2);
    expect([...ring].map(text)).toEqual(['aaaa', 'bbbb']);
    expect(ring.stats().rejected).toBe(2);
    const long = Array.from({ length: 40 }, () => new Uint8Array(5000));
    const wide = new RingBuffer({ arena, capacity: 100, capacityBytes: 60_000 });
    expect(wide.pushMany(long)).toBe(12);
    expect(wide.stats().rejected).toBe(28);
  });

  it('refuses options that are none', () => {
    expect(() => new RingBuffer({ capacity: 0 })).toThrow(RangeError);
    expect(() => new RingBuffer({ capacity: 1, capacityBytes: 2 ** 31 })).toThrow(RangeError);
    expect(() => new RingBuffer({ capacity: 1, whenFull: 'wait' as never })).toThrow(
      /'reject' or 'overwrite', got wait/,
    );
    expect(() => new NumberRing({ capacity: 1, type: 'i8' as never })).toThrow(RangeError);
    expect(() => new NumberRing({} as never)).toThrow(TypeError);
    expect(() => new RingBuffer({ arena, capacity: 3 }).at(0.5)).toThrow(RangeError);
    expect(() => new RingBuffer({ arena, capacity: 3 }).shiftMany(-1)).toThrow(RangeError);
  });

  it('refuses bytes that would make it allocate more than it may, and those of the other ring', () => {
    const ring = new RingBuffer({ arena, capacity: 1000, capacityBytes: 100_000 });
    expect(() => RingBuffer.fromBytes(ring.toBytes(), { arena, maxAllocatedBytes: 100_000 })).toThrow(SnapshotError);
    expect(() => NumberRing.fromBytes(ring.toBytes(), { arena })).toThrow(SnapshotError);
    const named = new NumberRing({ arena, capacity: 3, name: 'numbers' });
    expect(() => RingBuffer.open(arena, 'numbers')).toThrow(NameError);
    expect(NumberRing.open(arena, 'numbers')).toBe(named);
  });

  it('leaves out what is gone meanwhile, and what is pushed', () => {
    const ring = new NumberRing({ arena, capacity: 4, whenFull: 'overwrite' });
    ring.pushMany(Float64Array.of(1, 2, 3, 4));
    const seen: number[] = [];
    for (const value of ring) {
      seen.push(value);
      if (value === 1) ring.pushMany(Float64Array.of(5, 6));
      if (value === 4) ring.shiftMany(3);
    }
    expect(seen).toEqual([1, 3, 4]);
    for (const value of ring) ring.push(value + 1);
    expect(ring.size).toBe(2);
  });
});

describe('rings against arrays', () => {
  it('numbers', () => {
    const seed = testSeed('ring-buffer numbers');
    const { below } = seededRandom(seed);
    for (let run = 0; run < 24; run++) {
      const type = run % 2 === 0 ? 'f64' : 'u32';
      const whenFull = run % 4 < 2 ? 'reject' : 'overwrite';
      const capacity = 1 + below(run < 8 ? 4 : 60);
      let ring = new NumberRing({ arena, type, whenFull, capacity });
      let model: number[] = [];
      let [overwritten, rejected] = [0, 0];
      const push = (value: number): boolean => {
        if (model.length === capacity && whenFull === 'reject') {
          rejected++;
          return false;
        }
        if (model.length === capacity) {
          overwritten++;
          model.shift();
        }
        model.push(value);
        return true;
      };
      for (let step = 0; step < 500; step++) {
        const claim = `seed ${seed}, run ${run}, step ${step}`;
        const value = type === 'f64' ? ([-0, Number.NaN, 1.5, below(1000)][below(4)] as number) : below(2 ** 32);
        const count = below(capacity * 2 + 2);
        const kind = below(12);
        if (kind < 5) expect(ring.push(value), claim).toBe(push(value));
        else if (kind < 7) {
          const values = (type === 'f64' ? new Float64Array(count) : new Uint32Array(count)).map(() => below(2 ** 32));
          let taken = 0;
          for (const each of values) if (push(each)) taken++;
          expect(ring.pushMany(values), claim).toBe(taken);
        } else if (kind === 7) expect(ring.shift(), claim).toBe(model.shift());
        else if (kind === 8) expect(ring.pop(), claim).toBe(model.pop());
        else if (kind === 9) expect(Array.from(ring.shiftMany(count)), claim).toEqual(model.splice(0, count));
        else if (kind === 10) {
          const taken = model.splice(Math.max(0, model.length - count)).reverse();
          expect(Array.from(ring.popMany(count)), claim).toEqual(taken);
        } else if (below(20) === 0) {
          const again = NumberRing.fromBytes(ring.toBytes(), { arena });
          ring.dispose();
          ring = again;
        } else if (below(40) === 0) {
          ring.clear();
          model = [];
          [overwritten, rejected] = [0, 0];
        }
        ring.check();
        expect(ring.at(-1), claim).toBe(model.at(-1));
        if (step % 10 === 0) {
          expect([...ring], claim).toEqual(model);
          expect(Array.from(ring.toArray())).toEqual(model);
        }
        expect([ring.size, ring.stats().overwritten, ring.stats().rejected], claim).toEqual([
          model.length,
          overwritten,
          rejected,
        ]);
      }
      ring.dispose();
    }
  });

  it('records', () => {
    const seed = testSeed('ring-buffer records');
    const { below } = seededRandom(seed);
    for (let run = 0; run < 12; run++) {
      const whenFull = run % 2 === 0 ? 'reject' : 'overwrite';
      const capacity = 1 + below(40);
      const capacityBytes = 1 + below(300);
      let ring = new RingBuffer({ arena, whenFull, capacity, capacityBytes });
      let model: string[] = [];
      let [overwritten, rejected] = [0, 0];
      const bytes = () => model.reduce((sum, each) => sum + each.length, 0);
      const push = (record: string): boolean => {
        const full = () => model.length === capacity || bytes() + record.length > capacityBytes;
        if (full() && whenFull === 'reject') {
          rejected++;
          return false;
        }
        for (; full(); overwritten++) model.shift();
        model.push(record);
        return true;
      };
      const some = () => String.fromCharCode(97 + below(26)).repeat(below(Math.min(40, capacityBytes) + 1));
      for (let step = 0; step < 500; step++) {
        const claim = `seed ${seed}, run ${run}, step ${step}`;
        const kind = below(12);
        if (kind < 5) {
          const record = some();
          expect(ring.push(below(2) === 0 ? record : Buffer.from(record)), claim).toBe(push(record));
        } else if (kind < 7) {
          const records = Array.from({ length: below(6) }, some);
          let taken = 0;
          while (taken < records.length && push(records[taken] as string)) taken++;
          if (taken < records.length) rejected += records.length - taken - 1;
          expect(ring.pushMany(records), claim).toBe(taken);
        } else if (kind === 7) expect(text(ring.shift()), claim).toBe(model.shift());
        else if (kind === 8) expect(text(ring.pop()), claim).toBe(model.pop());
        else if (kind === 9) {
          const count = below(5);
          expect(ring.shiftMany(count).map(text), claim).toEqual(model.splice(0, count));
        } else if (kind === 10) {
          const count = below(5);
          const taken = model.splice(Math.max(0, model.length - count)).reverse();
          expect(ring.popMany(count).map(text), claim).toEqual(taken);
        } else if (below(20) === 0) {
          const again = RingBuffer.fromBytes(ring.toBytes(), { arena });
          ring.dispose();
          ring = again;
        } else if (below(40) === 0) {
          ring.clear();
          model = [];
          [overwritten, rejected] = [0, 0];
        }
        ring.check();
        if (step % 5 === 0) expect([...ring].map(text), claim).toEqual(model);
        expect([ring.size, ring.usedBytes, ring.stats().overwritten, ring.stats().rejected], claim).toEqual([
          model.length,
          bytes(),
          overwritten,
          rejected,
        ]);
      }
      ring.dispose();
    }
  });
});
