import { describe, expect, it } from 'vitest';
import { type Change, WriteBehind } from '../../../src/cache/patterns/index.js';
import { seededRandom as portRandom } from '../../../src/ports/random.js';
import { seededRandom, testSeed } from '../../support/random.js';
import { ManualTime } from '../../support/time.js';

const KEYS = 12;

/** Random writes over a store that fails, is slow, and sometimes writes though it says that it failed. */
async function run(name: string, concurrency: number, many: boolean) {
  const seed = testSeed(name);
  const random = seededRandom(seed);
  const time = new ManualTime();
  const table = new Map<string, number>();
  /** By key, the values in the order in which the store took them. */
  const history = new Map<string, number[]>();
  const accepted = new Map<string, number | undefined>();
  let failing = 0.5;
  const underWay = new Set<string>();
  const write = async (changes: readonly Change<string, number>[]) => {
    for (const { key } of changes) {
      if (underWay.has(key)) throw new Error(`${key} is written twice at once`);
      underWay.add(key);
    }
    await new Promise<void>((resolve) => void time.after(random.below(20), resolve));
    const fails = random.next() < failing;
    for (const { key, value } of changes) {
      underWay.delete(key);
      if (fails && random.next() < 0.5) continue;
      if (value === undefined) table.delete(key);
      else {
        table.set(key, value);
        history.set(key, [...(history.get(key) ?? []), value]);
      }
    }
    if (fails) throw new Error('refused, perhaps');
  };
  const store = {
    load: (key: string) => table.get(key),
    store: (key: string, value: number) => write([{ key, value }]),
    delete: (key: string) => write([{ key, value: undefined }]),
    ...(many ? { writeMany: write } : {}),
  };
  const cache = new WriteBehind<string, number>({
    store,
    max: 6,
    delayMs: 10,
    batchSize: 4,
    concurrency,
    maxPending: 8,
    retryMs: 5,
    maxRetryMs: 50,
    clock: time,
    timer: time,
    random: portRandom(seed),
  });
  const waits: Promise<void>[] = [];
  for (let step = 1; step <= 1500; step++) {
    const key = `key ${random.below(KEYS)}`;
    const value = random.below(5) === 0 ? undefined : step;
    // What is accepted counts from when it is.
    const wait = value === undefined ? cache.delete(key) : cache.set(key, value);
    waits.push(wait.then(() => void accepted.set(key, value)));
    if (random.below(2) === 0) await time.pass(random.below(10));
    const { pending, writing } = cache.stats();
    if (pending + writing > 8) throw new Error(`step ${step}: ${pending} + ${writing} changes`);
  }
  failing = 0;
  for (let turn = 0; turn < 5000 && (cache.stats().waiting > 0 || cache.stats().pending > 0); turn++)
    await time.pass(50);
  await Promise.all(waits);
  const closed = cache.close();
  await time.pass(1000, 100);
  await closed;
  return { table, history, accepted, stats: cache.stats() };
}

describe('WriteBehind over a store that fails', () => {
  for (const [concurrency, many] of [
    [1, true],
    [3, true],
    [2, false],
  ] as const) {
    it(`ends with the last that was accepted of each key (${concurrency} at once, ${many ? 'in batches' : 'one by one'})`, async () => {
      const { table, history, accepted, stats } = await run(`write-behind, ${concurrency}, ${many}`, concurrency, many);
      for (const [key, value] of accepted) expect([key, table.get(key)]).toEqual([key, value]);
      // In the order of the calls: values rise, but for those that are written again.
      for (const values of history.values()) expect(values).toEqual([...values].sort((a, b) => a - b));
      expect(stats.pending + stats.writing + stats.waiting + stats.lost).toBe(0);
      expect(stats.retries).toBeGreaterThan(10);
      expect(stats.coalesced).toBeGreaterThan(10);
    });
  }
});
