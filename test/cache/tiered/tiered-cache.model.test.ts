import { describe, expect, it } from 'vitest';
import { MemoryBus } from '../../../src/cache/patterns/index.js';
import { type Tier, TieredCache } from '../../../src/cache/tiered/index.js';
import { seededRandom as portRandom } from '../../../src/ports/random.js';
import { seededRandom, testSeed } from '../../support/random.js';
import { ManualTime } from '../../support/time.js';

const KEYS = 8;

/** A tier that takes its time, serves calls in their order, forgets at random, and is down at times. */
function slowTier(time: ManualTime, random: { next(): number; below(bound: number): number }) {
  const texts = new Map<string, { text: string; until: number }>();
  const state = { failing: 0 };
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(action: () => T): Promise<T> => {
    const fails = random.next() < state.failing;
    const done = last.then(async () => {
      if (random.below(3) === 0) await new Promise<void>((resolve) => void time.after(random.below(5), resolve));
      if (fails) throw new Error('down');
      if (random.below(20) === 0) texts.delete([...texts.keys()][random.below(texts.size)] ?? '');
      return action();
    });
    last = done.catch(() => {});
    return done;
  };
  const tier: Tier = {
    name: 'slow',
    get: (key) =>
      inTurn(() => {
        const found = texts.get(key);
        return found !== undefined && time.now() < found.until ? found.text : undefined;
      }),
    set: (key, text, ttlMs) => inTurn(() => texts.set(key, { text, until: time.now() + ttlMs })),
    delete: (keys) => inTurn(() => keys.map((key) => texts.delete(key))),
    clear: () => inTurn(() => texts.clear()),
  };
  return { tier, state };
}

/**
 * Two processes read and change one source through one tier. What is read must never be older than what the source had
 * when the last change that was over, or had told everybody, began to be visible: that is, after every change is over,
 * every read gives what the source has.
 */
async function run(name: string, failing: number) {
  const seed = testSeed(name);
  const random = seededRandom(seed);
  const time = new ManualTime();
  const far = slowTier(time, random);
  const source = new Map<string, number>();
  const bus = new MemoryBus();
  let version = 0;
  const load = async (key: string) => {
    const read = source.get(key);
    await new Promise<void>((resolve) => void time.after(random.below(10), resolve));
    return read;
  };
  const caches = [0, 1].map(
    (at) =>
      new TieredCache<number>({
        memory: { max: 5 },
        tiers: [{ tier: far.tier, pauseMs: 0, timeoutMs: Number.POSITIVE_INFINITY }],
        load,
        ttl: 500,
        negativeTtl: 50,
        bus,
        clock: time,
        timer: time,
        random: portRandom(seed + at),
      }),
  );
  await Promise.all(caches.map(({ ready }) => ready));
  const cacheOf = (at: number) => caches[at] as TieredCache<number>;
  /** Until nothing waits any more. */
  const settle = async (waits: readonly Promise<unknown>[]) => {
    let left = waits.length;
    for (const wait of waits) wait.finally(() => left--).catch(() => {});
    for (let turn = 0; turn < 2000 && left > 0; turn++) await time.pass(20, 10);
    if (left > 0) throw new Error(`${left} calls hang`);
    return Promise.all(waits);
  };
  let compared = 0;
  for (let round = 0; round < 60; round++) {
    far.state.failing = failing;
    const waits: Promise<unknown>[] = [];
    for (let step = 0; step < 12; step++) {
      const key = `key ${random.below(KEYS)}`;
      const cache = cacheOf(random.below(2));
      const kind = random.below(10);
      if (kind < 6) waits.push(cache.get(key, undefined, { tags: [`of ${key}`] }));
      else {
        // The source is changed first, as whoever invalidates does.
        source.set(key, ++version);
        const change = () => (kind < 8 ? cache.delete(key) : cache.invalidateTags([`of ${key}`]));
        // A tier that refused is told again, as the page says.
        const insist = (): Promise<void> => change().catch(insist);
        waits.push(insist());
      }
      if (random.below(3) === 0) await time.pass(random.below(4));
    }
    await settle(waits);
    far.state.failing = 0;
    await settle(caches.map((cache) => cache.settled()));
    const reads = [0, 1].flatMap((at) =>
      Array.from({ length: KEYS }, (_, n) =>
        cacheOf(at)
          .get(`key ${n}`, undefined, { tags: [`of key ${n}`] })
          .then((value) => ({ at, key: `key ${n}`, value })),
      ),
    );
    for (const { at, key, value } of (await settle(reads)) as {
      at: number;
      key: string;
      value: number | undefined;
    }[]) {
      compared++;
      if (value !== source.get(key)) {
        throw new Error(`round ${round}: process ${at} has ${value} of ${key}, the source ${source.get(key)}`);
      }
    }
    if (random.below(4) === 0) await time.pass(600);
  }
  await settle(caches.map((cache) => cache.close()));
  return { compared, stats: cacheOf(0).stats() };
}

describe('two TieredCaches, one tier, one source', () => {
  it('never give what is older than the last change that is over', async () => {
    const { compared, stats } = await run('tiered caches', 0);
    expect(compared).toBe(960);
    expect(stats.memory.hits).toBeGreaterThan(50);
    expect(stats.tiers[0]?.hits).toBeGreaterThan(20);
  });

  it('nor when the tier fails at random', async () => {
    const { compared, stats } = await run('tiered caches over a tier that fails', 0.2);
    expect(compared).toBe(960);
    expect(stats.tiers[0]?.errors).toBeGreaterThan(20);
  });
});
