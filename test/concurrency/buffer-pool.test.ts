import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Arena, ArenaFullError } from '../../bindings/index.js';
import {
  BufferPool,
  type BufferPoolOptions,
  ClosedError,
  DoubleReleaseError,
  type Held,
  type PooledBuffer,
  QueueFullError,
  ReleasedBufferError,
  TimeoutError,
} from '../../src/concurrency/buffer-pool/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { ManualTime, settled } from '../support/time.js';

const small: BufferPoolOptions = {
  classes: [
    { bytes: 16, count: 2 },
    { bytes: 64, count: 1 },
  ],
};

describe('BufferPool', () => {
  it('lends the smallest that has room, and a larger one where none is free', () => {
    const pool = new BufferPool(small);
    const buffers = [pool.tryAcquire(10), pool.tryAcquire(16), pool.tryAcquire(5)];
    expect(buffers.map((buffer) => [buffer?.length, buffer?.capacity])).toEqual([
      [10, 16],
      [16, 16],
      [5, 64],
    ]);
    expect(pool.tryAcquire(1)).toBeUndefined();
    expect(pool.stats()).toMatchObject({ usedBytes: 96, peakUsedBytes: 96, buffers: 3, capacityBytes: 96 });
    const strict = new BufferPool({ ...small, spills: false });
    strict.tryAcquire(1);
    strict.tryAcquire(1);
    expect(strict.tryAcquire(1)).toBeUndefined();
    expect(strict.tryAcquire(17)?.capacity).toBe(64);
  });

  it('lends bytes that overlap with nobody else’s, and uses them again', () => {
    const pool = new BufferPool({ classes: [{ bytes: 8, count: 4 }] });
    const buffers = [1, 2, 3, 4].map((mark) => {
      const buffer = pool.tryAcquire(8) as PooledBuffer;
      buffer.bytes.fill(mark);
      return buffer;
    });
    expect(buffers.map(({ bytes }) => [...bytes].join(''))).toEqual(['11111111', '22222222', '33333333', '44444444']);
    buffers[2]?.release();
    expect([...(pool.tryAcquire(4) as PooledBuffer).bytes]).toEqual([3, 3, 3, 3]);
  });

  it('gives zeros where it is told to', () => {
    const pool = new BufferPool({ ...small, zeros: true });
    const one = pool.tryAcquire(16) as PooledBuffer;
    one.bytes.fill(9);
    one.release();
    expect((pool.tryAcquire(16) as PooledBuffer).bytes.every((byte) => byte === 0)).toBe(true);
  });

  it('slices without a copy, and frees the piece when the last holder has let go', () => {
    const pool = new BufferPool(small);
    const whole = pool.tryAcquire(12) as PooledBuffer;
    whole.bytes.set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const part = whole.slice(2, 8);
    const inner = part.slice(1, 3);
    expect([[...part.bytes], [...inner.bytes], whole.holders]).toEqual([[2, 3, 4, 5, 6, 7], [3, 4], 3]);
    inner.bytes[0] = 99;
    expect(whole.bytes[3]).toBe(99);
    whole.release();
    part.release();
    expect(pool.stats()).toMatchObject({ usedBytes: 16, buffers: 1 });
    expect([...inner.bytes]).toEqual([99, 4]);
    inner.release();
    expect(pool.stats()).toMatchObject({ usedBytes: 0, buffers: 0 });
    expect(() => whole.slice(0, 1)).toThrow(ReleasedBufferError);
    const again = pool.tryAcquire(4) as PooledBuffer;
    expect(() => again.slice(2, 5)).toThrow('A slice must be within 0 and 4, got 2 to 5');
    expect(() => again.slice(3, 2)).toThrow(RangeError);
    expect(again.slice(4).length).toBe(0);
  });

  it('takes a buffer back once, and lends its bytes to nobody after that', () => {
    const pool = new BufferPool(small);
    const buffer = pool.tryAcquire(8) as PooledBuffer;
    {
      using part = buffer.slice();
      expect(part.holders).toBe(2);
    }
    buffer.release();
    expect(() => buffer.release()).toThrow(DoubleReleaseError);
    expect(() => buffer.bytes).toThrow(ReleasedBufferError);
    expect([buffer.released, buffer.holders, pool.stats().usedBytes]).toEqual([true, 0, 0]);
  });

  it('lets wait who finds nothing, by priority and then in order, and nobody pass them', async () => {
    const pool = new BufferPool({ classes: [{ bytes: 16, count: 1 }], spills: true });
    const held = pool.tryAcquire(1) as PooledBuffer;
    const order: string[] = [];
    const wait = (name: string, priority?: number) =>
      pool.acquire(8, { priority }).then((buffer) => {
        order.push(name);
        buffer.release();
      });
    const all = [wait('a'), wait('b', 2), wait('c')];
    held.release();
    expect(pool.tryAcquire(1)).toBeUndefined();
    await Promise.all(all);
    expect(order).toEqual(['b', 'a', 'c']);
  });

  it('serves who waits for less with a larger piece, after those who need it', async () => {
    const pool = new BufferPool(small);
    const held = [pool.tryAcquire(16), pool.tryAcquire(16), pool.tryAcquire(64)] as PooledBuffer[];
    const little = pool.acquire(4);
    const large = pool.acquire(64);
    held[2]?.release();
    const got = await large;
    expect(pool.stats().waiting).toBe(1);
    got.release();
    expect((await little).capacity).toBe(64);
  });

  it('ends a wait by its signal with exactly its reason, or by a timeout, and bounds how many wait', async () => {
    const time = new ManualTime();
    const pool = new BufferPool({ classes: [{ bytes: 16, count: 1 }], maxWaiting: 2, timer: time });
    const held = pool.tryAcquire(1) as PooledBuffer;
    const counting = new CountingSignal();
    const reason = { why: 'enough' };
    expect(await reasonOf(pool.acquire(1, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    const aborted = reasonOf(pool.acquire(1, { signal: counting.signal }));
    const timed = reasonOf(pool.acquire(1, { timeoutMs: 5 }));
    await expect(pool.acquire(1)).rejects.toThrow(QueueFullError);
    time.advance(5);
    counting.abort(reason);
    expect(await timed).toBeInstanceOf(TimeoutError);
    expect(await aborted).toBe(reason);
    expect([counting.listeners, time.pending]).toEqual([0, 0]);
    held.release();
    expect(pool.stats()).toMatchObject({ waiting: 0, givenUp: 2, refused: 1, usedBytes: 0 });
  });

  it('says where what is out was taken', () => {
    const time = new ManualTime();
    const pool = new BufferPool({ ...small, tracksLeaks: true, clock: time });
    const buffer = pool.tryAcquire(7) as PooledBuffer;
    time.advance(30);
    const part = buffer.slice(1, 3);
    buffer.release();
    const [held] = pool.leaks();
    expect([pool.leaks().length, held?.bytes, held?.capacity, held?.heldMs]).toEqual([1, 2, 16, 0]);
    expect(held?.taken.stack).toContain('buffer-pool.test.ts');
    part.release();
    expect(pool.leaks()).toEqual([]);
  });

  it('has again what was dropped without giving it back, and tells', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const dropped: Held[] = [];
    const pool = new BufferPool({ ...small, tracksLeaks: true, onDropped: (held) => dropped.push(held) });
    (() => void pool.tryAcquire(3))();
    for (let i = 0; i < 100 && dropped.length === 0; i++) {
      collect();
      await settled();
    }
    expect(dropped.map(({ bytes }) => bytes)).toEqual([3]);
    expect(pool.stats()).toMatchObject({ usedBytes: 0, buffers: 0 });
  });

  it('allocates a block when the first buffer of its size is asked for', () => {
    const pool = new BufferPool(small);
    expect(pool.stats().allocatedBytes).toBe(0);
    pool.tryAcquire(20);
    expect(pool.stats().allocatedBytes).toBe(64);
  });

  it('lends from an arena, and gives its bytes back', () => {
    using arena = new Arena({ maxBytes: 1 << 20 });
    const before = arena.bytesUsed;
    for (let round = 0; round < 1000; round++) {
      const pool = new BufferPool({ classes: [{ bytes: 100, count: 10 }], arena });
      const buffer = pool.tryAcquire(50) as PooledBuffer;
      buffer.bytes.fill(round & 255);
      const at = buffer.address;
      expect(arena.u8Until(at + 50)[at + 49]).toBe(round & 255);
      pool.close();
      // While it is held, its block is there.
      expect(arena.bytesUsed).toBeGreaterThan(before);
      expect(buffer.bytes[0]).toBe(round & 255);
      buffer.release();
    }
    expect(arena.bytesUsed).toBe(before);
    arena.check();
  });

  it('takes nothing when the arena has no room', () => {
    using arena = new Arena({ maxBytes: 1 << 17 });
    const pool = new BufferPool({ classes: [{ bytes: 1 << 10, count: 1 << 10 }], arena });
    expect(() => pool.tryAcquire(5)).toThrow(ArenaFullError);
    expect(pool.stats()).toMatchObject({ usedBytes: 0, buffers: 0, allocatedBytes: 0 });
    expect(pool.stats().classes[0]).toMatchObject({ free: 1024, taken: 0 });
  });

  it('closes: who waits is told, and disposing waits until all is back', async () => {
    const pool = new BufferPool({ classes: [{ bytes: 16, count: 1 }] });
    const held = pool.tryAcquire(1) as PooledBuffer;
    const waits = reasonOf(pool.acquire(1));
    const gone = pool[Symbol.asyncDispose]();
    expect(await waits).toBeInstanceOf(ClosedError);
    expect(await reasonOf(pool.acquire(1))).toBeInstanceOf(ClosedError);
    expect(pool.tryAcquire(1)).toBeUndefined();
    held.release();
    await gone;
    expect(pool.stats()).toMatchObject({ allocatedBytes: 0, buffers: 0 });
  });

  it('refuses what cannot be', () => {
    const pool = new BufferPool(small);
    expect(() => pool.tryAcquire(65)).toThrow('bytes must be an integer from 1 to 64, the largest class, got 65');
    expect(() => pool.tryAcquire(0)).toThrow(RangeError);
    expect(() => pool.acquire('1' as never)).toThrow(TypeError);
    expect(() => pool.acquire(1, { timeoutMs: -1 })).toThrow(RangeError);
    expect(() => new BufferPool({ classes: [] })).toThrow(TypeError);
    expect(() => new BufferPool({ classes: [{ bytes: 1, count: 0 }] })).toThrow(
      'count of a class must be an integer from 1, got 0',
    );
    expect(
      () =>
        new BufferPool({
          classes: [
            { bytes: 1, count: 1 },
            { bytes: 1, count: 2 },
          ],
        }),
    ).toThrow('There are two classes of 1 bytes');
    expect(() => new BufferPool({ maxBytes: 1000 })).toThrow('maxBytes must be at least 458752');
    expect(() => (pool.tryAcquire(1) as PooledBuffer).address).toThrow('the pool is over no arena');
    expect(new BufferPool({ maxBytes: 1 << 20 }).stats().capacityBytes).toBeLessThanOrEqual(1 << 20);
  });

  it('keeps to a naive model under random operations', async () => {
    const random = seededRandom(testSeed('BufferPool'));
    for (let round = 0; round < 20; round++) {
      using arena = new Arena({ maxBytes: 1 << 18 });
      const pool = new BufferPool({
        classes: [
          { bytes: 8, count: 3 },
          { bytes: 32, count: 2 },
          { bytes: 100, count: 2 },
        ],
        spills: random.below(2) === 0,
        arena: random.below(2) ? arena : undefined,
      });
      // Each buffer with the bytes it must have; slices share an array.
      const held: { buffer: PooledBuffer; expected: Uint8Array }[] = [];
      let waiting = 0;
      const keep = (buffer: PooledBuffer): void => {
        const expected = new Uint8Array(buffer.length).map(() => random.below(256));
        buffer.bytes.set(expected);
        held.push({ buffer, expected });
      };
      for (let step = 0; step < 300; step++) {
        const at = random.below(held.length);
        switch (random.below(5)) {
          case 0: {
            const buffer = pool.tryAcquire(1 + random.below(100));
            if (buffer !== undefined) keep(buffer);
            break;
          }
          case 1:
            if (waiting > 5) break;
            waiting++;
            void pool.acquire(1 + random.below(100)).then(
              (buffer) => {
                waiting--;
                keep(buffer);
              },
              () => {},
            );
            break;
          case 2: {
            const one = held[at];
            if (one === undefined) break;
            const start = random.below(one.buffer.length + 1);
            held.push({ buffer: one.buffer.slice(start), expected: one.expected.subarray(start) });
            break;
          }
          default:
            held.splice(at, 1)[0]?.buffer.release();
        }
        if (random.below(3) === 0) await settled();
        for (const { buffer, expected } of held) {
          if (Buffer.compare(buffer.bytes, expected) !== 0) throw new Error('bytes of a buffer have changed');
        }
        const { buffers, usedBytes, capacityBytes } = pool.stats();
        // Those that were granted and not yet taken up are out, too.
        expect(buffers).toBeGreaterThanOrEqual(held.length);
        expect(usedBytes).toBeLessThanOrEqual(capacityBytes);
      }
      pool.close();
      await settled();
      for (const { buffer } of held) buffer.release();
      expect(pool.stats()).toMatchObject({ buffers: 0, usedBytes: 0, allocatedBytes: 0, waiting: 0 });
    }
  });
});
