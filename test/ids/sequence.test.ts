import { describe, expect, it } from 'vitest';
import { SequenceError, SequenceRange, type SequenceSource } from '../../src/ids/index.js';
import { seededRandom } from '../../src/ports/random.js';
import { testSeed } from '../support/random.js';

const seed = testSeed('sequence');

/** A counter that answers when it is told to. */
class Source implements SequenceSource<number> {
  next = 1;
  readonly counts: number[] = [];
  readonly signals: AbortSignal[] = [];
  readonly #open: (() => void)[] = [];
  readonly #manual: boolean;

  constructor(manual = false) {
    this.#manual = manual;
  }

  async allocate(count: number, signal: AbortSignal): Promise<number> {
    this.counts.push(count);
    this.signals.push(signal);
    if (this.#manual) await new Promise<void>((resolve) => this.#open.push(resolve));
    const start = this.next;
    this.next += count;
    return start;
  }

  async answer(): Promise<void> {
    this.#open.shift()?.();
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

describe('SequenceRange', () => {
  it('hands numbers out in order, without a gap within a block', async () => {
    const source = new Source();
    const range = new SequenceRange(source, { blockSize: 10 });
    const made: number[] = [];
    for (let i = 0; i < 95; i++) made.push(await range.next());
    expect(made).toEqual(Array.from({ length: 95 }, (_, i) => i + 1));
    expect(source.counts.every((count) => count === 10)).toBe(true);
  });

  it('asks for a block at the low-water mark, once, and nobody waits for it', async () => {
    const source = new Source(true);
    const range = new SequenceRange(source, { blockSize: 10, lowWater: 3 });
    expect(range.tryNext()).toBe(undefined);
    await source.answer();
    for (let i = 1; i <= 6; i++) expect(range.tryNext()).toBe(i);
    expect(source.counts.length).toBe(1);
    expect(range.tryNext()).toBe(7);
    expect(source.counts.length).toBe(2);
    expect([range.tryNext(), range.tryNext(), range.tryNext(), range.tryNext()]).toEqual([8, 9, 10, undefined]);
    expect(source.counts.length).toBe(2);
    expect(range.stats()).toMatchObject({ available: 0, waiting: 0, blocks: 1, allocating: true });
    await source.answer();
    expect(range.tryNext()).toBe(11);
    // With no mark a block is asked for when there is none left.
    const lazy = new Source();
    const last = new SequenceRange(lazy, { blockSize: 2, lowWater: 0 });
    await last.next();
    expect(lazy.counts.length).toBe(1);
    await last.next();
    expect(lazy.counts.length).toBe(2);
  });

  it('many at once share one allocation, and are served in their order', async () => {
    const source = new Source(true);
    const range = new SequenceRange(source, { blockSize: 4 });
    const order: number[] = [];
    const waiting = Array.from({ length: 10 }, () => range.next().then((value) => order.push(value)));
    await settled();
    expect(source.counts.length).toBe(1);
    expect(range.tryNext()).toBe(undefined);
    for (let i = 0; i < 3; i++) await source.answer();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(range.stats().available).toBe(2);
  });

  it('takes bigints beyond the safe integers', async () => {
    let next = 2n ** 60n;
    const range = new SequenceRange<bigint>({
      allocate: async (count) => {
        next += BigInt(count);
        return next;
      },
    });
    const first = await range.next();
    expect(await range.next()).toBe(first + 1n);
  });

  it('ranges that share a source never give a number twice', async () => {
    const source = new Source();
    const random = seededRandom(seed);
    const ranges = Array.from({ length: 8 }, () => new SequenceRange(source, { blockSize: 1 + (random.u32() % 50) }));
    const made = await Promise.all(
      ranges.map(async (range) => {
        const own: number[] = [];
        for (let i = 0; i < 2000; i++) own.push(await range.next());
        return own;
      }),
    );
    const all = made.flat();
    expect(new Set(all).size).toBe(16_000);
    for (const own of made) expect(own.every((value, i) => i === 0 || value > (own[i - 1] as number))).toBe(true);
  });

  it('a source that fails rejects who waits, and is asked again by the next', async () => {
    let fail = true;
    const source = new Source();
    const cause = new Error('no connection');
    const range = new SequenceRange<number>(
      { allocate: (count, signal) => (fail ? Promise.reject(cause) : source.allocate(count, signal)) },
      { blockSize: 2, lowWater: 1 },
    );
    const results = await Promise.allSettled([range.next(), range.next()]);
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'SEQUENCE_SOURCE', cause } });
    }
    expect(range.stats().lastError).toBe(cause);
    fail = false;
    expect(await range.next()).toBe(1);
    expect(range.stats().lastError).toBe(undefined);
    // One that was asked for ahead of time fails without anybody noticing.
    fail = true;
    expect(await range.next()).toBe(2);
    await settled();
    fail = false;
    expect(await range.next()).toBe(3);
  });

  it('a source that throws at once, or gives what is no start, is no less a failure', async () => {
    const wrong: unknown[] = [1.5, Number.NaN, -(2 ** 60), 2 ** 53 - 2, '5', undefined];
    for (const start of wrong) {
      const range = new SequenceRange<number>({ allocate: async () => start as number });
      await expect(range.next()).rejects.toMatchObject({ code: 'SEQUENCE_SOURCE' });
    }
    const range = new SequenceRange<number>({
      allocate: () => {
        throw new Error('at once');
      },
    });
    await expect(range.next()).rejects.toMatchObject({ code: 'SEQUENCE_SOURCE' });
  });

  it('refuses a block that was given before', async () => {
    const starts = [100, 110, 115];
    const range = new SequenceRange<number>(
      { allocate: async () => starts.shift() ?? 115 },
      { blockSize: 10, lowWater: 0 },
    );
    const made: number[] = [];
    await expect(
      (async () => {
        for (;;) made.push(await range.next());
      })(),
    ).rejects.toMatchObject({ code: 'SEQUENCE_OVERLAP', problem: 'overlap' });
    expect(made.length).toBe(20);
  });

  it('waiting ends by a signal, and the number goes to the next', async () => {
    const source = new Source(true);
    const range = new SequenceRange(source, { blockSize: 5 });
    const controller = new AbortController();
    const first = range.next({ signal: controller.signal });
    const second = range.next({ signal: new AbortController().signal });
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(first).rejects.toBe(reason);
    await expect(range.next({ signal: controller.signal })).rejects.toBe(reason);
    await source.answer();
    expect(await second).toBe(1);
    expect(range.stats().waiting).toBe(0);
  });

  it('close rejects who waits, aborts the source, and gives back what is left', async () => {
    const source = new Source(true);
    const range = new SequenceRange(source, { blockSize: 5, lowWater: 5 });
    const first = range.next();
    await source.answer();
    expect(await first).toBe(1);
    await source.answer();
    expect(range.tryNext()).toBe(2);
    const waiting = Array.from({ length: 20 }, () => range.next());
    const ends = Promise.allSettled(waiting);
    await settled();
    expect(range.close()).toEqual([]);
    expect(source.signals.at(-1)?.aborted).toBe(true);
    const rejected = (await ends).filter((result) => result.status === 'rejected');
    expect(rejected.length).toBe(12);
    expect(() => range.tryNext()).toThrow(SequenceError);
    await expect(range.next()).rejects.toMatchObject({ code: 'SEQUENCE_CLOSED' });
    await source.answer();
    expect([range.closed, range.close().length, range.stats().available]).toEqual([true, 0, 0]);
    const idle = new SequenceRange(new Source(), { blockSize: 5, lowWater: 2 });
    await idle.next();
    await idle.next();
    expect(idle.close()).toEqual([{ start: 3, count: 3 }]);
  });

  it('no more wait than may, and options that cannot be are refused', async () => {
    const range = new SequenceRange(new Source(true), { maxWaiting: 2 });
    const waiting = [range.next(), range.next()].map((one) => one.catch((error) => error.problem));
    await expect(range.next()).rejects.toMatchObject({ problem: 'too-many-waiting' });
    range.close();
    expect(await Promise.all(waiting)).toEqual(['closed', 'closed']);
    const source = new Source();
    for (const options of [
      { blockSize: 0 },
      { blockSize: 1.5 },
      { lowWater: -1 },
      { blockSize: 5, lowWater: 6 },
      { maxWaiting: -1 },
    ]) {
      expect(() => new SequenceRange(source, options)).toThrow(RangeError);
    }
    expect(() => new SequenceRange(undefined as never)).toThrow(TypeError);
    expect(() => new SequenceRange(source, { blockSize: '5' as never })).toThrow(TypeError);
  });
});
