import { describe, expect, it } from 'vitest';
import { ProducerConsumer } from '../../src/concurrency/producer-consumer/index.js';
import { ClosedError, QueueFullError, TimeoutError } from '../../src/concurrency/semaphore/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { ManualTime, settled } from '../support/time.js';

/** A queue whose consumers wait until they are let go, item by item. */
function gated<T>(options: ConstructorParameters<typeof ProducerConsumer<T>>[1] = {}) {
  const began: T[] = [];
  const gates: (() => void)[] = [];
  const queue = new ProducerConsumer<T>((item) => {
    began.push(item);
    return new Promise<void>((resolve) => gates.push(resolve));
  }, options);
  const letGo = async (count = 1) => {
    for (let i = 0; i < count; i++) {
      gates.shift()?.();
      await settled();
    }
  };
  return { queue, began, letGo };
}

describe('ProducerConsumer', () => {
  it('consumes so many at once, in order, and makes producers wait when the buffer is full', async () => {
    const { queue, began, letGo } = gated<number>({ consumers: 2, capacity: 2 });
    const waits = [1, 2, 3, 4, 5, 6].map((item) => queue.produce(item));
    expect(queue.stats()).toMatchObject({ buffered: 2, consuming: 2, waitingProducers: 2, produced: 4 });
    await letGo();
    expect([began, queue.stats().waitingProducers]).toEqual([[1, 2, 3], 1]);
    await letGo(5);
    expect(await Promise.all(waits)).toEqual([true, true, true, true, true, true]);
    await queue.drain();
    expect(queue.stats()).toMatchObject({ consumed: 6, buffered: 0, consuming: 0, peakBuffered: 2 });
    expect(await reasonOf(queue.produce(7))).toBeInstanceOf(ClosedError);
    expect(() => queue.tryProduce(7)).toThrow(ClosedError);
  });

  it('hands over directly without a buffer', async () => {
    const { queue, began, letGo } = gated<number>({ capacity: 0 });
    const waits = [1, 2, 3].map((item) => queue.produce(item));
    expect([began, queue.tryProduce(9), queue.stats().waitingProducers]).toEqual([[1], false, 2]);
    await letGo(3);
    expect([began, await Promise.all(waits)]).toEqual([
      [1, 2, 3],
      [true, true, true],
    ]);
  });

  it('takes what is urgent first, of the buffer and of the producers who wait', async () => {
    const { queue, began, letGo } = gated<string>({ capacity: 3 });
    const produce = (item: string, priority: number) => void queue.produce(item, { priority });
    produce('first', 0);
    produce('b', 0);
    produce('low', -1);
    produce('a', 3);
    produce('waits', 0);
    produce('urgent', 9);
    await letGo(6);
    expect(began).toEqual(['first', 'a', 'urgent', 'b', 'waits', 'low']);
  });

  it('drops by its policy, and says what', async () => {
    for (const [overflow, kept, gone, taken] of [
      ['drop-oldest', [0, 4, 3], [1, 2], [true, true, true, true, true]],
      ['drop-newest', [0, 2, 1], [3, 4], [true, true, true, false, false]],
      ['drop-lowest', [0, 4, 2], [1, 3], [true, true, true, false, true]],
    ] as const) {
      const dropped: number[] = [];
      const { queue, began, letGo } = gated<number>({ capacity: 2, overflow, onDrop: (item) => dropped.push(item) });
      // Of the buffer of two: 1 with priority 0, 2 with 1; then 3 with 0 and 4 with 2.
      const answers = [];
      for (const [item, priority] of [
        [0, 0],
        [1, 0],
        [2, overflow === 'drop-oldest' ? 0 : 1],
        [3, 0],
        [4, 2],
      ] as const) {
        answers.push(await queue.produce(item, { priority }));
      }
      await letGo(5);
      expect([overflow, began, dropped.sort(), answers]).toEqual([overflow, kept, gone, taken]);
      expect(queue.stats().dropped).toBe(2);
    }
    const { queue } = gated<number>({ capacity: 1, overflow: 'reject' });
    await queue.produce(1);
    await queue.produce(2);
    expect(await reasonOf(queue.produce(3))).toBeInstanceOf(QueueFullError);
    expect([queue.tryProduce(3), queue.stats().dropped]).toEqual([false, 0]);
  });

  it('ends a wait to produce by signal or timeout, having produced nothing', async () => {
    const time = new ManualTime();
    const { queue, began, letGo } = gated<number>({ capacity: 0, maxQueue: 2, timer: time, clock: time });
    await queue.produce(1);
    const counting = new CountingSignal();
    const aborted = reasonOf(queue.produce(2, { signal: counting.signal, timeoutMs: 50 }));
    const late = reasonOf(queue.produce(3, { timeoutMs: 20 }));
    expect(await reasonOf(queue.produce(4))).toBeInstanceOf(QueueFullError);
    counting.abort('why');
    time.jump(-1e9);
    time.advance(20);
    expect([await aborted, (await late) instanceof TimeoutError]).toEqual(['why', true]);
    expect([counting.listeners, time.pending]).toEqual([0, 0]);
    expect(await reasonOf(queue.produce(5, { signal: counting.signal }))).toBe('why');
    await letGo();
    expect([began, queue.stats()]).toMatchObject([[1], { consumed: 1, meanConsumeMs: 20, produced: 1 }]);
  });

  it('goes on after a failure, and tells onError, or whoever drains', async () => {
    const failures: unknown[] = [];
    const fail = (item: number) => {
      if (item % 2 === 0) throw item;
    };
    const told = new ProducerConsumer<number>(fail, { onError: (...failure) => failures.push(failure) });
    expect(await told.produceFrom([1, 2, 3, 4])).toBe(4);
    await told.drain();
    expect([failures, told.stats().failed, told.stats().consumed]).toEqual([
      [
        [2, 2],
        [4, 4],
      ],
      2,
      2,
    ]);
    const untold = new ProducerConsumer<number>(async (item) => fail(item));
    await untold.produceFrom([1, 2, 3, 4]);
    expect(await reasonOf(untold.drain())).toBe(2);
  });

  it('pauses, resumes and resizes', async () => {
    const { queue, began, letGo } = gated<number>({ consumers: 1, capacity: 9 });
    queue.pause();
    for (const item of [1, 2, 3, 4]) await queue.produce(item);
    expect([began, queue.stats().buffered]).toEqual([[], 4]);
    queue.resume();
    queue.resize(3);
    expect(began).toEqual([1, 2, 3]);
    queue.resize(1);
    await letGo(2);
    expect([began, queue.stats().consuming]).toEqual([[1, 2, 3], 1]);
    await letGo(2);
    await queue.onIdle();
    expect(() => queue.resize(0)).toThrow(RangeError);
  });

  it('drains what is buffered and what producers wait with, or gives the draining up', async () => {
    const time = new ManualTime();
    const { queue, began, letGo } = gated<number>({ capacity: 1, timer: time });
    const waits = [1, 2, 3].map((item) => queue.produce(item));
    const late = reasonOf(queue.drain({ timeoutMs: 5 }));
    const aborted = reasonOf(queue.drain({ signal: AbortSignal.abort('no') }));
    time.advance(5);
    expect([(await late) instanceof TimeoutError, await aborted]).toEqual([true, 'no']);
    const drained = queue[Symbol.asyncDispose]();
    await letGo(3);
    await drained;
    expect([began, await Promise.all(waits), time.pending]).toEqual([[1, 2, 3], [true, true, true], 0]);
  });

  it('stops: drops what is buffered, refuses who waits, and aborts its consumers', async () => {
    const dropped: number[] = [];
    const reasons: unknown[] = [];
    const queue = new ProducerConsumer<number>(
      (_item, { signal }) =>
        new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason);
            resolve();
          });
        }),
      { capacity: 1, onDrop: (item) => dropped.push(item) },
    );
    await queue.produce(1);
    await queue.produce(2);
    const waits = reasonOf(queue.produce(3));
    await queue.stop('enough');
    await queue.stop('again');
    expect([dropped, reasons, await waits]).toMatchObject([[2], ['enough'], { code: 'CLOSED', cause: 'enough' }]);
    expect(queue.stats()).toMatchObject({ buffered: 0, consuming: 0, waitingProducers: 0 });
  });

  it('refuses what cannot be', () => {
    const nothing = () => undefined;
    expect(() => new ProducerConsumer(5 as never)).toThrow(TypeError);
    expect(() => new ProducerConsumer(nothing, { consumers: 0 })).toThrow(RangeError);
    expect(() => new ProducerConsumer(nothing, { capacity: -1 })).toThrow(RangeError);
    expect(() => new ProducerConsumer(nothing, { overflow: 'lose' as never })).toThrow(/wait, drop-oldest/);
    expect(() => new ProducerConsumer(nothing).tryProduce(1, { priority: 'high' as never })).toThrow(TypeError);
  });

  it('consumes each item once, as an array sorted by priority would, whatever happens', async () => {
    const seed = testSeed('producer-consumer model');
    const { below } = seededRandom(seed);
    for (let run = 0; run < 20; run++) {
      const capacity = below(4);
      const { queue, began, letGo } = gated<number>({ capacity });
      const [expected, buffer, producers]: [number[], number[], number[]] = [[], [], []];
      const priorities: number[] = [];
      let busy = false;
      const first = (list: number[]) => {
        const best = list.reduce((a, b) => ((priorities[b] as number) > (priorities[a] as number) ? b : a));
        list.splice(list.indexOf(best), 1);
        return best;
      };
      for (let step = 0; step < 100; step++) {
        if (below(2) === 0) {
          const item = priorities.length;
          const priority = below(3) - 1;
          priorities.push(priority);
          void queue.produce(item, { priority });
          if (!busy) expected.push(item);
          else if (buffer.length < capacity) buffer.push(item);
          else producers.push(item);
          busy = true;
        } else if (busy) {
          if (buffer.length > 0) {
            expected.push(first(buffer));
            if (producers.length > 0) buffer.push(first(producers));
          } else if (producers.length > 0) expected.push(first(producers));
          else busy = false;
          await letGo();
        }
        expect([began.length, began.at(-1)], `seed ${seed}, run ${run}, step ${step}`).toEqual([
          expected.length,
          expected.at(-1),
        ]);
      }
    }
  });
});
