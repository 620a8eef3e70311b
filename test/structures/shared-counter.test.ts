import { describe, expect, it } from 'vitest';
import { Arena, ArenaFullError, DisposedError, NameError } from '../../bindings/index.js';
import { SharedCounter } from '../../src/structures/shared-counter/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { runWorker, workerFile } from '../support/worker.js';

const PRELUDE = `
  import { parentPort, workerData } from 'node:worker_threads';
  import { Arena } from './bindings/index.ts';
  import { SharedCounter } from './src/structures/shared-counter/index.ts';
  const arena = Arena.attach(workerData.shared);
  const counter = SharedCounter.open(arena, 'requests');
`;

function shared(cells?: number) {
  const arena = new Arena({ shared: true, maxBytes: 1 << 20 });
  return { arena, counter: new SharedCounter({ arena, name: 'requests', ...(cells === undefined ? {} : { cells }) }) };
}

describe('SharedCounter', () => {
  it('adds integers of either sign, exactly up to 2^53 − 1', () => {
    const { counter } = shared();
    expect(counter.get()).toBe(0);
    counter.add();
    counter.add(41);
    counter.add(-2);
    expect(counter.get()).toBe(40);
    counter.add(Number.MAX_SAFE_INTEGER - 40);
    expect(counter.get()).toBe(Number.MAX_SAFE_INTEGER);
    counter.add(-Number.MAX_SAFE_INTEGER);
    counter.add(-Number.MAX_SAFE_INTEGER);
    expect(counter.reset()).toBe(-Number.MAX_SAFE_INTEGER);
    expect([counter.get(), counter.reset()]).toEqual([0, 0]);
  });

  it('refuses misuse, and stays as it was', () => {
    const { arena, counter } = shared();
    counter.add(7);
    for (const wrong of [0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])
      expect(() => counter.add(wrong)).toThrow(RangeError);
    expect(() => counter.add('1' as never)).toThrow(TypeError);
    expect(counter.get()).toBe(7);
    expect(() => new SharedCounter({ arena })).toThrow(/needs a name/);
    expect(() => new SharedCounter({ arena, name: 'requests' })).toThrow(NameError);
    expect(() => new SharedCounter({ arena, name: 'other', cells: 129 })).toThrow(RangeError);
    const small = new Arena({ shared: true, maxBytes: 65_536 });
    for (let i = 0; i < 5; i++) new SharedCounter({ arena: small, name: `c${i}`, cells: 128 });
    expect(() => {
      for (let i = 5; i < 9; i++) new SharedCounter({ arena: small, name: `c${i}`, cells: 128 });
    }).toThrow(ArenaFullError);
    counter.dispose();
    expect(() => counter.add()).toThrow(DisposedError);
    arena.check();
  });

  it('works in an arena of one thread too, where a snapshot holds it', () => {
    const arena = new Arena();
    const counter = new SharedCounter({ arena, name: 'requests' });
    counter.add(2 ** 40);
    const restored = SharedCounter.open(Arena.restore(arena.snapshot()), 'requests');
    restored.add(1);
    expect([restored.get(), counter.get()]).toEqual([2 ** 40 + 1, 2 ** 40]);
    expect(counter.reset()).toBe(2 ** 40);
    const used = arena.bytesUsed;
    new SharedCounter({ arena }).dispose();
    expect(arena.bytesUsed).toBe(used);
  });

  it.each([1, 16])('loses no addition of four threads, with %i cells, whoever resets it meanwhile', async (cells) => {
    const { arena, counter } = shared(cells);
    const file = workerFile(`${PRELUDE}
      parentPort.postMessage('ready');
      for (let i = 0; i < 200_000; i++) counter.add(i % 7);
      parentPort.postMessage('done');
    `);
    const workers = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const { worker, answer } = runWorker(file, { shared: arena.share() });
        await answer;
        return { done: new Promise((resolve) => worker.once('exit', resolve)) };
      }),
    );
    let taken = 0;
    let running = true;
    const all = Promise.all(workers.map((it) => it.done)).then(() => {
      running = false;
    });
    while (running) {
      taken += counter.reset();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await all;
    let expected = 0;
    for (let i = 0; i < 200_000; i++) expected += i % 7;
    expect(taken + counter.get()).toBe(4 * expected);
  });

  it('keeps what threads added that were killed', async () => {
    const { arena, counter } = shared();
    const random = seededRandom(testSeed('shared counter, killed'));
    const file = workerFile(`${PRELUDE}
      const mine = new BigInt64Array(workerData.mine);
      parentPort.postMessage(arena.participant.number);
      for (;;) {
        Atomics.add(mine, 0, 1n);
        counter.add(3);
        Atomics.add(mine, 1, 1n);
      }
    `);
    let least = 0;
    let most = 0;
    for (let kill = 0; kill < 10; kill++) {
      const mine = new SharedArrayBuffer(16);
      const { worker, answer } = runWorker<number>(file, { shared: arena.share(), mine });
      const number = await answer;
      await new Promise((resolve) => setTimeout(resolve, random.below(5)));
      await worker.terminate();
      arena.bury(number);
      const [began, ended] = new BigInt64Array(mine);
      least += 3 * Number(ended);
      most += 3 * Number(began);
      expect(counter.get()).toBeGreaterThanOrEqual(least);
      expect(counter.get()).toBeLessThanOrEqual(most);
    }
    expect(most - least).toBeLessThanOrEqual(30);
    expect(least).toBeGreaterThan(0);
  });
});
