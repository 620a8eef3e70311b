import { describe, expect, it } from 'vitest';
import { Arena, ArenaFullError, NameError } from '../../bindings/index.js';
import { HdrHistogram } from '../../src/sketches/hdr-histogram/index.js';
import { SharedHistogram } from '../../src/sketches/shared-histogram/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { runWorker, workerFile } from '../support/worker.js';

const HOUR = 3_600_000_000;

function shared(options: { parts?: number; significantDigits?: number } = {}) {
  const arena = new Arena({ shared: true, maxBytes: 8 << 20 });
  return { arena, histogram: new SharedHistogram({ arena, name: 'latency', highestTrackableValue: HOUR, ...options }) };
}

describe('SharedHistogram', () => {
  it('answers as the HdrHistogram of the same values, for every number of digits', () => {
    const random = seededRandom(testSeed('shared histogram, model'));
    for (const significantDigits of [1, 2, 3, 4]) {
      const { histogram } = shared({ significantDigits, parts: 3 });
      const model = new HdrHistogram({ highestTrackableValue: HOUR, significantDigits });
      for (let i = 0; i < 5000; i++) {
        const value = Math.floor(2 ** (random.next() * 31.7));
        const count = random.below(10) === 0 ? random.below(1000) : 1;
        histogram.recordWithCount(value, count);
        model.recordWithCount(value, count);
      }
      const snapshot = histogram.snapshot();
      expect(snapshot.equals(model)).toBe(true);
      expect(snapshot.significantDigits).toBe(significantDigits);
      const percentiles = [0, 1, 50, 90, 99, 99.9, 100];
      expect(histogram.valuesAtPercentiles(percentiles)).toEqual(model.valuesAtPercentiles(percentiles));
      expect(histogram.valueAtPercentile(75)).toBe(model.valueAtPercentile(75));
      expect([histogram.min, histogram.max, histogram.mean]).toEqual([model.min, model.max, model.mean]);
      expect([histogram.stdDeviation, histogram.totalCount]).toEqual([model.stdDeviation, model.totalCount]);
      const taken = histogram.reset();
      expect(taken.equals(model)).toBe(true);
      expect([histogram.totalCount, histogram.max, histogram.valueAtPercentile(50)]).toEqual([0, 0, 0]);
      for (const it of [snapshot, taken, model]) it.dispose();
    }
  });

  it('refuses misuse, and stays as it was', () => {
    const { arena, histogram } = shared();
    histogram.record(HOUR);
    for (const wrong of [-1, Number.NaN, HOUR + 1, Number.POSITIVE_INFINITY]) {
      expect(() => histogram.record(wrong)).toThrow(RangeError);
    }
    expect(() => histogram.record(undefined as never)).toThrow(TypeError);
    expect(() => histogram.recordWithCount(1, -1)).toThrow(RangeError);
    expect(() => histogram.valueAtPercentile(-1)).toThrow(RangeError);
    expect(histogram.totalCount).toBe(1);
    expect(() => new SharedHistogram({ arena, name: 'latency' })).toThrow(NameError);
    expect(() => new SharedHistogram({ arena, name: 'a', significantDigits: 6 })).toThrow(RangeError);
    expect(() => new SharedHistogram({ arena, name: 'a', parts: 0 })).toThrow(RangeError);
    expect(() => new SharedHistogram({ arena, name: 'a', highestTrackableValue: 1 })).toThrow(RangeError);
    const used = arena.bytesUsed;
    expect(() => new SharedHistogram({ arena, name: 'a', significantDigits: 5, parts: 128 })).toThrow(ArenaFullError);
    expect(arena.bytesUsed).toBe(used);
    expect(SharedHistogram.open(arena, 'latency')).toBe(histogram);
    expect(histogram.stats()).toEqual({ totalCount: 1, slots: 23_552, parts: 4, bytes: 64 + 8 * 4 * 23_552 });
    arena.check();
  });

  it('works in an arena of one thread too, for every value there is', () => {
    const arena = new Arena();
    const histogram = new SharedHistogram({ arena });
    for (const value of [0, 0.5, 1, Number.MAX_SAFE_INTEGER]) histogram.record(value);
    expect([histogram.min, histogram.max, histogram.totalCount]).toEqual([0, Number.MAX_SAFE_INTEGER, 4]);
    expect([histogram.lowestDiscernibleValue, histogram.highestTrackableValue]).toEqual([1, Number.MAX_SAFE_INTEGER]);
    histogram.dispose();
    arena.check();
  });

  it('loses no count of four threads, whoever takes them meanwhile', async () => {
    const { arena, histogram } = shared({ parts: 2 });
    const file = workerFile(`
      import { parentPort, workerData } from 'node:worker_threads';
      import { Arena } from './bindings/index.ts';
      import { SharedHistogram } from './src/sketches/shared-histogram/index.ts';
      const histogram = SharedHistogram.open(Arena.attach(workerData), 'latency');
      parentPort.postMessage('ready');
      for (let i = 0; i < 100_000; i++) histogram.record(i % 1000);
    `);
    const workers = Array.from({ length: 4 }, () => runWorker(file, arena.share()));
    let running = 4;
    for (const { worker } of workers) worker.once('exit', () => running--);
    await Promise.all(workers.map((it) => it.answer));
    const all = new HdrHistogram({ highestTrackableValue: HOUR });
    let takings = 0;
    for (let last = false; !last; takings++) {
      last = running === 0;
      const taken = histogram.reset();
      all.add(taken);
      taken.dispose();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(takings).toBeGreaterThan(1);
    expect(all.totalCount).toBe(400_000);
    for (const value of [0, 1, 500, 999]) expect(all.countAt(value)).toBe(400);
    all.dispose();
  });
});
