import { afterAll, describe, expect, it } from 'vitest';
import { Arena, NameError, SharedArenaError } from '../../bindings/index.js';
import { ByteCache } from '../../src/cache/byte-cache/index.js';
import { HashTable } from '../../src/structures/hash-table/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { expectLinearizable, RECORD_HISTORY } from '../support/register-history.js';
import { runWorker, workerFile } from '../support/worker.js';

const MAX_BYTES = 8 << 20;

/** What every worker begins with. */
const PRELUDE = `
  import { parentPort, workerData } from 'node:worker_threads';
  import { Arena } from './bindings/index.ts';
  import { ByteCache } from './src/cache/byte-cache/index.ts';
  import { seededRandom } from './test/support/random.ts';
  const arena = Arena.attach(workerData.shared);
  const cache = ByteCache.open(arena, 'cache');
  const random = seededRandom(workerData.seed);
`;

/** A value from which one can tell whether it is whole: one letter, again and again, and how often. */
const WHOLE = `
  const value = (letter, length) => \`\${length}:\${letter.repeat(length)}\`;
  const whole = (text) => {
    const [length, letters] = text.split(':');
    return letters.length === Number(length) && letters === (letters[0] ?? '').repeat(letters.length);
  };
`;

function shared(segments: number, policy: 's3-fifo' | 'sieve' | 'lru', maxBytes = 400_000) {
  const arena = new Arena({ shared: true, maxBytes: MAX_BYTES });
  return { arena, cache: new ByteCache({ arena, name: 'cache', maxBytes, segments, policy }) };
}

describe('a shared arena', () => {
  it('is attached to by what share() gives, in the same thread too, and finds structures by name', () => {
    const { arena, cache } = shared(4, 's3-fifo');
    cache.set('größe', 'x'.repeat(5000));
    const other = Arena.attach(arena.share());
    expect([arena.participant, other.participant]).toEqual([
      { number: 0, of: 2 },
      { number: 1, of: 2 },
    ]);
    const again = ByteCache.open(other, 'cache');
    expect(again.getString('größe')).toBe('x'.repeat(5000));
    again.set('back', 'naïve '.repeat(40), { ttl: 60_000 });
    expect(cache.getString('back')).toBe('naïve '.repeat(40));
    expect(cache.getRemainingTTL('back')).toBeGreaterThan(50_000);
    expect(cache.getInto('back', new Uint8Array(1000))).toBe(280);
    expect(again.getPartInto(Buffer.from('..back'), 2, 6, new Uint8Array(1000))).toBe(280);
    expect(again.delete('back')).toBe(true);
    expect([cache.has('back'), cache.size, again.size]).toEqual([false, 1, 1]);
    expect([...cache.keys()].map(String)).toHaveLength(1);
    const copy = new ByteCache({ maxBytes: 100_000 });
    expect(copy.load(again.dump())).toBe(1);
    copy.dispose();
    cache.check();
    other.dispose();
    expect(arena.participant).toEqual({ number: 0, of: 1 });
    expect(other.disposed).toBe(true);
    arena.check();
  });

  it('says what it cannot do', () => {
    expect(() => new Arena({ shared: true })).toThrow(TypeError);
    expect(() => Arena.default.share()).toThrow(SharedArenaError);
    expect(() => Arena.attach({} as never)).toThrow(TypeError);
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    expect(() => Arena.attach({ memory, name: 'strange', maxBytes: 65_536 })).toThrow(TypeError);
    const { arena } = shared(1, 'sieve');
    expect(() => arena.snapshot()).toThrow(SharedArenaError);
    expect(() => new ByteCache({ arena, maxBytes: 20_000 })).toThrow(/needs a name/);
    expect(() => new ByteCache({ arena, maxBytes: 20_000, name: 'cache' })).toThrow(NameError);
    expect(() => new HashTable({ arena, name: 'table' })).toThrow(/not for a shared arena/);
    expect(() => arena.bury(-1)).toThrow(RangeError);
    expect(arena.bury(5)).toBe(false);
  });

  it('has 128 places, which are free again once they are left or buried', () => {
    const { arena } = shared(1, 'sieve');
    const others = Array.from({ length: 127 }, () => Arena.attach(arena.share()));
    expect(() => Arena.attach(arena.share())).toThrow(/128 places/);
    others[5]?.dispose();
    expect(Arena.attach(arena.share()).participant?.number).toBe(6);
    expect(arena.bury(9)).toBe(true);
    expect(arena.bury(9)).toBe(false);
    expect(Arena.attach(arena.share()).participant?.number).toBe(9);
  });

  it('loses nothing of its memory to participants that die again and again', () => {
    const { arena } = shared(1, 'sieve');
    const die = () => {
      const one = Arena.attach(arena.share());
      ByteCache.open(one, 'cache').set('key', 'x'.repeat(3000));
      arena.bury(one.participant?.number as number);
    };
    die();
    const used = arena.bytesUsed;
    for (let i = 0; i < 1000; i++) die();
    expect(arena.bytesUsed).toBe(used);
    Arena.attach(arena.share()).dispose();
    expect(arena.bytesUsed).toBeLessThan(used);
    arena.check();
  });
});

describe.each(['s3-fifo', 'sieve', 'lru'] as const)('ByteCache in a shared arena, %s', (policy) => {
  it('gives whole values only, whatever other threads store meanwhile', async () => {
    const seed = testSeed(`shared byte cache, ${policy}`);
    const file = workerFile(`${PRELUDE}${WHOLE}
      let found = 0;
      let torn = 0;
      for (let step = 0; step < 40_000; step++) {
        const key = 'key ' + random.below(400);
        if (random.next() < 0.3) cache.set(key, value('abcdefgh'[random.below(8)], random.below(random.next() < 0.02 ? 6000 : 300)));
        else if (random.next() < 0.05) cache.delete(key);
        else {
          const text = cache.getString(key);
          if (text !== undefined) {
            found++;
            if (!whole(text)) torn++;
          }
        }
      }
      parentPort.postMessage({ found, torn });
      arena.dispose();
    `);
    // Few bytes, so that entries end all the time; few segments, so that threads meet.
    const { arena, cache } = shared(2, policy, 60_000);
    const workers = [0, 1, 2].map((i) =>
      runWorker<{ found: number; torn: number }>(file, { shared: arena.share(), seed: seed + i }),
    );
    const answers = await Promise.all(workers.map(({ answer }) => answer));
    for (const { found, torn } of answers) {
      expect(torn).toBe(0);
      expect(found).toBeGreaterThan(1000);
    }
    cache.check();
    expect(cache.stats().evicted).toBeGreaterThan(100);
    expect(cache.stats().recovered).toBe(0);
  });
});

describe('histories of three threads', () => {
  it('are linearizable, key by key', async () => {
    const seed = testSeed('shared byte cache, histories');
    const file = workerFile(`${PRELUDE} const store = cache; ${RECORD_HISTORY}`);
    for (const policy of ['s3-fifo', 'lru'] as const) {
      const { arena, cache } = shared(2, policy);
      const tickets = new SharedArrayBuffer(4);
      const work = [0, 1, 2].map((i) => runWorker<unknown[]>(file, { shared: arena.share(), seed: seed + i, tickets }));
      expectLinearizable(await Promise.all(work.map((it) => it.answer)));
      expect(cache.stats().evicted).toBe(0);
    }
  });
});

describe('threads that are killed while they work', () => {
  const kills = Number(process.env.ASHLAR_KILLS ?? 25);
  const running = new Set<{ terminate(): Promise<number> }>();
  afterAll(async () => {
    for (const worker of running) await worker.terminate();
  });

  it(`hold up nobody for long, and leave nothing broken (${kills} times)`, {
    timeout: 30_000 + 200 * kills,
  }, async () => {
    const seed = testSeed('shared byte cache, killed');
    const random = seededRandom(seed);
    const file = workerFile(`${PRELUDE}${WHOLE}
      parentPort.postMessage(arena.participant.number);
      for (;;) {
        const key = 'key ' + random.below(50);
        if (random.next() < 0.7) cache.set(key, value('abcdefgh'[random.below(8)], random.below(9000)));
        else {
          const text = cache.getString(key);
          if (text !== undefined && !whole(text)) throw new Error('torn: ' + text.slice(0, 100));
        }
      }
    `);
    const { arena, cache } = shared(1, 's3-fifo', 100_000);
    const failures: unknown[] = [];
    const start = async () => {
      const { worker, answer } = runWorker<number>(file, { shared: arena.share(), seed: seed + random.below(1e6) });
      running.add(worker);
      worker.on('error', (error) => failures.push(error));
      return { worker, number: await answer };
    };
    const victims = [await start(), await start()];
    for (let kill = 0; kill < kills; kill++) {
      const index = random.below(2);
      const { worker, number } = victims[index] as (typeof victims)[number];
      await new Promise((resolve) => setTimeout(resolve, random.below(4)));
      await worker.terminate();
      running.delete(worker);
      // Half of them are reported; of the others the rest find out by themselves.
      if (random.next() < 0.5) arena.bury(number);
      expect(cache.set('mine', `kept ${kill}`)).toBe(true);
      const text = cache.getString('mine');
      // Another thread may have evicted it, or emptied a segment; what is there is right.
      if (text !== undefined) expect(text).toBe(`kept ${kill}`);
      arena.bury(number);
      victims[index] = await start();
    }
    for (const { worker } of victims) {
      await worker.terminate();
      running.delete(worker);
    }
    for (const { number } of victims) arena.bury(number);
    expect(failures).toEqual([]);
    cache.check();
    arena.check();
    console.log(`${cache.stats().recovered} of ${kills + 2} died while they wrote`);
    cache.set('after', 'all');
    expect(cache.getString('after')).toBe('all');
  });
});
