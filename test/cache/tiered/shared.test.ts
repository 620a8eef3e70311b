import { describe, expect, it } from 'vitest';
import { ByteCache } from '../../../src/cache/byte-cache/index.js';
import { byteTier, TieredCache } from '../../../src/cache/tiered/index.js';
import { Arena } from '../../../src/index.js';
import { ManualTime } from '../../support/time.js';
import { runWorker, workerFile } from '../../support/worker.js';

const never = () => {
  throw new Error('there was a load');
};

describe('byteTier', () => {
  it('answers at once, and lets entries end by their time', async () => {
    const time = new ManualTime();
    const bytes = new ByteCache({ maxBytes: 1 << 20, clock: time });
    const open = () => new TieredCache<{ n: number }>({ tiers: [byteTier({ cache: bytes })], ttl: 100, clock: time });
    expect(await open().get('a', () => ({ n: 1 }))).toEqual({ n: 1 });
    expect(await open().get('a', never)).toEqual({ n: 1 });
    expect(bytes.getRemainingTTL('a')).toBe(100);
    time.advance(100);
    expect([bytes.has('a'), await open().get('a', () => ({ n: 2 }))]).toEqual([false, { n: 2 }]);
    await open().set('b', { n: 3 }, { tags: ['x'] });
    expect(await open().get('b', never)).toEqual({ n: 3 });
    await open().invalidateTags(['x']);
    expect(await open().get('b', () => ({ n: 4 }))).toEqual({ n: 4 });
    await open().clear();
    expect(bytes.size).toBe(0);
  });

  it('keeps caches apart by their prefixes', async () => {
    const bytes = new ByteCache({ maxBytes: 1 << 20 });
    const [a, b] = ['a:', 'b:'].map(
      (prefix) => new TieredCache<string>({ tiers: [byteTier({ cache: bytes, prefix })] }),
    );
    await a?.set('key', 'of a');
    await b?.set('key', 'of b');
    expect([bytes.has('a:key'), await a?.get('key'), await b?.get('key')]).toEqual([true, 'of a', 'of b']);
    await expect(a?.clear()).rejects.toMatchObject({ code: 'CACHE_TIER' });
    expect(() => byteTier({ cache: new Map() as never })).toThrow('cache must be a ByteCache');
  });

  it('serves other threads what one has loaded', async () => {
    using arena = new Arena({ shared: true, maxBytes: 64 << 20 });
    const bytes = new ByteCache({ arena, name: 'pages', maxBytes: 8 << 20, segments: 4 });
    const cache = new TieredCache<{ n: number }>({ tiers: [byteTier({ cache: bytes })] });
    for (let n = 0; n < 100; n++) await cache.get(`key ${n}`, () => ({ n }));
    const file = workerFile(`
      import { parentPort, workerData } from 'node:worker_threads';
      import { Arena } from './src/index.js';
      import { ByteCache } from './src/cache/byte-cache/index.js';
      import { byteTier, TieredCache } from './src/cache/tiered/index.js';

      const bytes = ByteCache.open(Arena.attach(workerData), 'pages');
      const cache = new TieredCache({ tiers: [byteTier({ cache: bytes })] });
      let [sum, loads] = [0, 0];
      for (let n = 0; n < 100; n++) sum += (await cache.get('key ' + n, () => (loads++, { n: 0 }))).n;
      await cache.set('answer', { n: sum });
      parentPort.postMessage({ sum, loads });
    `);
    const { worker, answer } = runWorker<{ sum: number; loads: number }>(file, arena.share());
    expect(await answer).toEqual({ sum: 4950, loads: 0 });
    expect(await cache.get('answer', never)).toEqual({ n: 4950 });
    await worker.terminate();
  });
});
