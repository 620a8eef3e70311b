import { describe, expect, it } from 'vitest';
import {
  FanOutError,
  fanIn,
  fanOut,
  mapReduce,
  Pipeline,
  QuorumError,
  scatterGather,
  TooManyKeysError,
} from '../../src/concurrency/fan-out/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { ManualTime, settled } from '../support/time.js';

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

async function* slowly<T>(values: Iterable<T>): AsyncGenerator<T> {
  for (const value of values) {
    await settled();
    yield value;
  }
}

/** A stream by hand. */
function streamOf<T>(values: readonly T[]): ReadableStream<T> {
  const left = [...values];
  return new ReadableStream<T>({
    pull(controller) {
      if (left.length === 0) controller.close();
      else controller.enqueue(left.shift() as T);
    },
  });
}

describe('fanOut', () => {
  it('works on so many items at once, and gives results in order or as they come', async () => {
    const turns = [3, 1, 2, 0, 1, 0];
    const work = async (count: number, { index }: { index: number }) => {
      for (let i = 0; i < count; i++) await settled();
      return index;
    };
    expect(await fanOut(turns, work, { concurrency: 3 }).toArray()).toEqual([0, 1, 2, 3, 4, 5]);
    const arrived = await fanOut(turns, work, { concurrency: 3, ordered: false }).toArray();
    expect([arrived[0], arrived.toSorted().join('')]).toEqual([1, '012345']);
    for (const source of [turns, slowly(turns), streamOf(turns), new Set([0, 5, 6])]) {
      const results = await fanOut(source, work, { concurrency: 2 }).toArray();
      expect(results.every((index, i) => index === i)).toBe(true);
    }
    expect(await fanOut('abc', (letter) => letter.toUpperCase()).toArray()).toEqual(['A', 'B', 'C']);
    expect(await fanOut([], work).toArray()).toEqual([]);
  });

  it('never exceeds its bounds, and runs no further ahead of its reader than maxPending', async () => {
    const seed = testSeed('fan-out bounds');
    const { below } = seededRandom(seed);
    for (let run = 0; run < 20; run++) {
      const concurrency = 1 + below(5);
      const maxPending = concurrency + below(5);
      const ordered = below(2) === 0;
      let [running, most, begun, read] = [0, 0, 0, 0];
      const work = async (item: number) => {
        begun++;
        most = Math.max(most, ++running);
        expect(begun - read, `seed ${seed}`).toBeLessThanOrEqual(maxPending + 1);
        for (let i = below(3); i > 0; i--) await settled();
        running--;
        return item;
      };
      const items = Array.from({ length: 40 }, (_, i) => i);
      const results: number[] = [];
      for await (const item of fanOut(below(2) === 0 ? items : slowly(items), work, {
        concurrency,
        maxPending,
        ordered,
      })) {
        read++;
        results.push(item);
        if (below(4) === 0) await settled();
      }
      expect(most, `seed ${seed}`).toBeLessThanOrEqual(concurrency);
      expect(ordered ? results : results.toSorted((a, b) => a - b), `seed ${seed}`).toEqual(items);
    }
  });

  it('fails at once, and aborts the others', async () => {
    const signals: AbortSignal[] = [];
    let returned = false;
    const source = (function* () {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        returned = true;
      }
    })();
    const failure = new Error('third');
    const results = fanOut(
      source,
      async (i, { signal }) => {
        signals.push(signal);
        if (i === 2) throw failure;
        await settled();
        return i;
      },
      { concurrency: 3 },
    );
    expect(await reasonOf(results.toArray())).toBe(failure);
    expect([signals.length, signals.every(({ aborted }) => aborted), returned]).toEqual([3, true, true]);
    expect(await results.next()).toEqual({ value: undefined, done: true });
  });

  it('collects failures, or ignores them, and tells of each', async () => {
    const told: unknown[] = [];
    const odd = (i: number) => {
      if (i % 2 === 1) throw i;
      return i;
    };
    const onFailure = (...all: unknown[]) => told.push(all);
    for (const ordered of [true, false]) {
      expect(await fanOut([0, 1, 2, 3], odd, { ordered, failures: 'ignore', onFailure }).toArray()).toEqual([0, 2]);
    }
    expect(told.slice(0, 2)).toEqual([
      [1, 1, 1],
      [3, 3, 3],
    ]);
    const seen: number[] = [];
    const error = await reasonOf(
      (async () => {
        for await (const i of fanOut([0, 1, 2, 3, 5], odd, { failures: 'collect', maxFailures: 2 })) seen.push(i);
      })(),
    );
    expect(error).toBeInstanceOf(FanOutError);
    expect([seen, error]).toMatchObject([[0, 2], { code: 'FAN_OUT_FAILED', failureCount: 3, cause: 1 }]);
    expect((error as FanOutError).failures).toEqual([
      { index: 1, reason: 1 },
      { index: 3, reason: 3 },
    ]);
  });

  it('gives the results of what a source gave before it failed', async () => {
    const source = (async function* () {
      yield 1;
      yield 2;
      throw new Error('source');
    })();
    const seen: number[] = [];
    const reading = async () => {
      for await (const i of fanOut(source, (i) => settled().then(() => i))) seen.push(i);
    };
    expect([await reasonOf(reading()), seen]).toMatchObject([{ message: 'source' }, [1, 2]]);
    const throws = {
      [Symbol.iterator]: () => ({
        next: () => {
          throw new Error('next');
        },
      }),
    };
    expect(await reasonOf(fanOut(throws, () => 1).toArray())).toMatchObject({ message: 'next' });
  });

  it('ends by its signal with exactly its reason, wherever it is', async () => {
    const counting = new CountingSignal();
    const inner: unknown[] = [];
    const forever = (_: number, { signal }: { signal: AbortSignal }) =>
      new Promise<number>(() => signal.addEventListener('abort', () => inner.push(signal.reason)));
    const wait = reasonOf(fanOut([1, 2, 3], forever, { concurrency: 2, signal: counting.signal }).toArray());
    await settled();
    expect(counting.listeners).toBe(1);
    counting.abort('enough');
    expect([await wait, inner, counting.listeners]).toEqual(['enough', ['enough', 'enough'], 0]);
    expect(await reasonOf(fanOut([1], forever, { signal: counting.signal }).toArray())).toBe('enough');
    const stuck = new CountingSignal();
    const source = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<number>>(() => {}) }) };
    const waits = reasonOf(fanOut(source, (i) => i, { signal: stuck.signal }).toArray());
    await settled();
    stuck.abort(1);
    expect(await waits).toBe(1);
  });

  it('begins when it is read, and aborts when the reader leaves', async () => {
    let begun = 0;
    let aborted = 0;
    let returned = false;
    const source = (async function* () {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        returned = true;
      }
    })();
    const results = fanOut(source, (i, { signal }) => {
      begun++;
      signal.addEventListener('abort', () => aborted++);
      return i;
    });
    await settled();
    expect(begun).toBe(0);
    for await (const i of results) if (i === 3) break;
    await settled();
    expect([begun > 3, aborted === begun, returned]).toEqual([true, true, true]);
    await results[Symbol.asyncDispose]();
  });

  it('answers those who ask before there are results in turn, and the rest as an array', async () => {
    const results = fanOut([1, 2, 3, 4, 5], (i) => settled().then(() => i));
    const all = [results.next(), results.next(), results.toArray(), results.next()];
    expect(await Promise.all(all)).toEqual([
      { value: 1, done: false },
      { value: 2, done: false },
      [3, 4, 5],
      { value: undefined, done: true },
    ]);
    const left = fanOut([1], () => new Promise<number>(() => undefined));
    const waits = left.next();
    await left.return();
    expect(await waits).toEqual({ value: undefined, done: true });
  });

  it('refuses what cannot be', async () => {
    const work = (i: number) => i;
    expect(() => fanOut([1], 5 as never)).toThrow(TypeError);
    expect(() => fanOut([1], work, { concurrency: 0 })).toThrow(RangeError);
    expect(() => fanOut([1], work, { concurrency: 4, maxPending: 3 })).toThrow(/from 4, got 3/);
    expect(() => fanOut([1], work, { failures: 'none' as never })).toThrow(RangeError);
    expect(() => fanOut([1], work, { signal: 1 as never })).toThrow(TypeError);
    expect(await reasonOf(fanOut(5 as never, work).toArray())).toBeInstanceOf(TypeError);
    expect(await reasonOf(fanOut({} as never, work).toArray())).toBeInstanceOf(TypeError);
  });
});

describe('fanIn', () => {
  it('merges as values come, in turn, or sorted', async () => {
    const sources = () => [slowly([1, 4, 7]), [2, 5], streamOf([3, 6, 8, 9])];
    expect((await collect(fanIn(sources()))).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await collect(fanIn(sources(), { order: 'round-robin' }))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await collect(fanIn(sources(), { order: 'sorted' }))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const compare = (a: number, b: number) => b - a;
    expect(await collect(fanIn([[9, 3], slowly([8, 8, 1])], { order: 'sorted', compare }))).toEqual([9, 8, 8, 3, 1]);
    expect(await collect(fanIn([]))).toEqual([]);
    const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<number>>(() => {}) }) };
    for await (const value of fanIn<number>([never, [1, 2]])) if (value === 2) break;
  });

  it('ends with a source that fails, or goes on without it', async () => {
    const failing = () =>
      (async function* () {
        yield 1;
        throw new Error('broken');
      })();
    let returned = false;
    const other = (async function* () {
      try {
        for (;;) {
          await settled();
          yield 2;
        }
      } finally {
        returned = true;
      }
    })();
    expect(await reasonOf(collect(fanIn([failing(), other])))).toMatchObject({ message: 'broken' });
    await settled();
    await settled();
    expect(returned).toBe(true);
    const told: number[] = [];
    const options = { failures: 'ignore', onFailure: (_: unknown, source: number) => told.push(source) } as const;
    expect([(await collect(fanIn([[5, 6], failing()], options))).toSorted(), told]).toEqual([[1, 5, 6], [1]]);
    expect(() => fanIn([], { order: 'any' as never })).toThrow(RangeError);
    expect(() => fanIn([], { failures: 'any' as never })).toThrow(RangeError);
    expect(await reasonOf(collect(fanIn([3 as never])))).toBeInstanceOf(TypeError);
  });

  it('ends by its signal', async () => {
    const counting = new CountingSignal();
    const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<number>>(() => {}) }) };
    const wait = reasonOf(collect(fanIn([never], { signal: counting.signal })));
    await settled();
    counting.abort(6);
    expect([await wait, counting.listeners]).toEqual([6, 0]);
    expect(await reasonOf(collect(fanIn([never], { signal: counting.signal })))).toBe(6);
  });
});

describe('mapReduce', () => {
  const words = {
    map: async (line: string) => line.split(' ').map((word) => [word, 1] as const),
    reduce: (sum: number, one: number) => sum + one,
    initial: () => 0,
  };

  it('folds values key by key', async () => {
    const lines = ['the cat', 'the dog', 'a cat', 'the end'];
    for (const ordered of [true, false]) {
      const counts = await mapReduce(slowly(lines), { ...words, ordered, concurrency: 3 });
      expect([...counts].toSorted()).toEqual([
        ['a', 1],
        ['cat', 2],
        ['dog', 1],
        ['end', 1],
        ['the', 3],
      ]);
    }
    const joined = await mapReduce([3, 1, 2], {
      map: async (n) => {
        for (let i = 0; i < n; i++) await settled();
        return [['all', n]] as const;
      },
      reduce: (text: string, n) => text + n,
      initial: (key) => `${key}:`,
    });
    expect(joined.get('all')).toBe('all:312');
  });

  it('has a bound of keys, and fails as its parts do', async () => {
    expect(await reasonOf(mapReduce(['a b c'], { ...words, maxKeys: 2 }))).toBeInstanceOf(TooManyKeysError);
    const fails = () => {
      throw new Error('reduce');
    };
    expect(await reasonOf(mapReduce(['a'], { ...words, reduce: fails }))).toMatchObject({ message: 'reduce' });
    expect(await reasonOf(mapReduce(['a'], { ...words, signal: AbortSignal.abort(1) }))).toBe(1);
    expect(await reasonOf(mapReduce(['a'], { ...words, map: () => Promise.reject(2) }))).toBe(2);
  });
});

describe('scatterGather', () => {
  /** Targets that answer after so many milliseconds, or fail if negative. */
  const asker = (time: ManualTime, aborted: number[] = []) => {
    return (ms: number, { signal, index }: { signal: AbortSignal; index: number }) =>
      new Promise<string>((resolve, reject) => {
        signal.addEventListener('abort', () => aborted.push(index));
        time.after(Math.abs(ms), () => (ms < 0 ? reject(ms) : resolve(`after ${ms}`)));
      });
  };

  it('ends with the last answer needed, and aborts the others', async () => {
    const time = new ManualTime();
    const aborted: number[] = [];
    const gathered = scatterGather([30, 10, -5, 20], asker(time, aborted), { quorum: 2, timer: time });
    await time.pass(20, 4);
    expect(await gathered).toEqual({
      answers: [
        { target: 1, value: 'after 10' },
        { target: 3, value: 'after 20' },
      ],
      failures: [{ target: 2, reason: -5 }],
      missing: [0],
    });
    expect(aborted).toEqual([0, 1, 2, 3]);
  });

  it('waits for all it can get up to the deadline', async () => {
    const time = new ManualTime();
    const options = { quorum: 1, until: 'all', deadlineMs: 25, timer: time } as const;
    const gathered = scatterGather([10, 20, 30], asker(time), options);
    await time.pass(25, 5);
    expect(await gathered).toMatchObject({ answers: [{ target: 0 }, { target: 1 }], missing: [2] });
    const all = scatterGather([10, 20], asker(time), { until: 'all', timer: time });
    await time.pass(20, 2);
    expect((await all).missing).toEqual([]);
  });

  it('gives up as soon as the quorum cannot be reached, or at the deadline', async () => {
    const time = new ManualTime();
    const hopeless = reasonOf(scatterGather([-5, -6, 100], asker(time), { quorum: 2, timer: time }));
    await time.pass(10, 10);
    const error = (await hopeless) as QuorumError;
    expect(error).toBeInstanceOf(QuorumError);
    expect(error).toMatchObject({ code: 'QUORUM_NOT_REACHED', why: 'failures', quorum: 2, cause: -5 });
    expect(error.gathered.missing).toEqual([2]);
    const late = reasonOf(scatterGather([5, 50], asker(time), { deadlineMs: 10, timer: time }));
    time.jump(-1e9);
    await time.pass(10, 2);
    expect(await late).toMatchObject({ why: 'deadline', gathered: { answers: [{ target: 0 }], missing: [1] } });
    await time.pass(1000);
    expect(time.pending).toBe(0);
  });

  it('ends by its signal, and leaves nothing behind', async () => {
    const time = new ManualTime();
    const counting = new CountingSignal();
    const aborted: number[] = [];
    const options = { signal: counting.signal, deadlineMs: 1000, timer: time };
    const wait = reasonOf(scatterGather([10, 20], asker(time, aborted), options));
    counting.abort('why');
    expect([await wait, counting.listeners, aborted]).toEqual(['why', 0, [0, 1]]);
    expect(time.pending).toBe(2);
    expect(await reasonOf(scatterGather([1], asker(time), options))).toBe('why');
    expect(await scatterGather([], asker(time))).toEqual({ answers: [], failures: [], missing: [] });
    expect(() => scatterGather([1], asker(time), { quorum: 2 })).toThrow(/to the 1 targets, got 2/);
    expect(() => scatterGather([1], asker(time), { deadlineMs: -1 })).toThrow(RangeError);
    expect(() => scatterGather([1], asker(time), { until: 'some' as never })).toThrow(RangeError);
  });
});

describe('Pipeline', () => {
  it('streams through its stages', async () => {
    const numbers = Pipeline.from(slowly([1, 2, 3, 4, 5, 6, 7]))
      .map(async (n) => n * 10, { concurrency: 3 })
      .filter(async (n) => n !== 30)
      .flatMap((n) => [n, n + 1])
      .batch(5);
    expect(await numbers.toArray()).toEqual([
      [10, 11, 20, 21, 40],
      [41, 50, 51, 60, 61],
      [70, 71],
    ]);
    const tapped: number[] = [];
    const sum = await Pipeline.from([1, 2, 3])
      .tap((n) => tapped.push(n))
      .reduce((a, b) => a + b, 0);
    expect([sum, tapped]).toEqual([6, [1, 2, 3]]);
    expect(await Pipeline.from(streamOf([1, 2])).forEach(async () => void (await settled()))).toBe(2);
    expect(await collect(Pipeline.from(Pipeline.from([7, 8]).toReadable()))).toEqual([7, 8]);
  });

  it('ends the stages before when no more is taken, and passes failures on', async () => {
    let returned = 0;
    const endless = () =>
      (function* () {
        try {
          for (let i = 0; ; i++) yield i;
        } finally {
          returned++;
        }
      })();
    expect(
      await Pipeline.from(endless())
        .map((i) => i)
        .take(3)
        .toArray(),
    ).toEqual([0, 1, 2]);
    expect(await Pipeline.from(endless()).take(0).toArray()).toEqual([]);
    expect(await reasonOf(Pipeline.from(endless()).toArray(5))).toBeInstanceOf(RangeError);
    await Pipeline.from(endless()).toReadable().cancel();
    const reader = Pipeline.from(endless()).toReadable().getReader();
    await reader.read();
    await reader.cancel();
    await settled();
    expect(returned).toBe(3);
    const fails = Pipeline.from([1]).map(() => Promise.reject('no'));
    expect(
      await reasonOf(
        fails
          .filter(() => true)
          .batch(2)
          .toArray(),
      ),
    ).toBe('no');
    expect(() => Pipeline.from([1]).batch(0)).toThrow(RangeError);
    expect(() => Pipeline.from([1]).take(-1)).toThrow(RangeError);
  });
});
