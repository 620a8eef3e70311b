/** One byte cache for several threads: how it scales, and against asking the thread that owns it. */

import { MessageChannel, Worker } from 'node:worker_threads';
import { Arena } from '../../bindings/index.js';
import { ByteCache } from '../../src/cache/byte-cache/index.js';
import { type BenchContext, defineSuite } from '../harness/suite.js';
import { KEY_BYTES, keysOf, type SharedWork } from './shared.worker.js';

const KEYS = 100_000;

function filled(segments: number): { arena: Arena; cache: ByteCache } {
  const arena = new Arena({ shared: true, maxBytes: 64 << 20 });
  const cache = new ByteCache({ arena, name: 'cache', maxBytes: 32 << 20, segments });
  const keys = keysOf(KEYS);
  const value = new Uint8Array(100).fill(65);
  for (let i = 0; i < KEYS; i++) cache.set(keys.subarray(i * KEY_BYTES, (i + 1) * KEY_BYTES), value);
  return { arena, cache };
}

/** Starts threads on the cache, which are ready when this resolves. */
async function threads(arena: Arena, count: number): Promise<Worker[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const workerData: SharedWork = { shared: arena.share(), keys: KEYS, seed: i + 1 };
      const worker = new Worker(new URL('./shared.worker.mjs', import.meta.url), { workerData });
      worker.unref();
      await answer(worker);
      return worker;
    }),
  );
}

function answer(from: { once(event: 'message', callback: (value: unknown) => void): unknown }): Promise<unknown> {
  return new Promise((resolve) => from.once('message', resolve));
}

export const suite = defineSuite('cache/shared', (bench) => {
  scaling(bench);
  asking(bench);
});

/** Every contender does the same number of operations in all; the time is that of all threads together. */
function scaling(bench: BenchContext): void {
  const operations = bench.smoke ? 4000 : 400_000;
  bench.compare({
    operation: '95 % get, 5 % set',
    size: KEYS,
    distribution: 'Zipf 0.99, 64 segments',
    operations,
    contenders: ([1, 2] as const).map((count) => ({
      name: count === 1 ? 'one thread' : 'two threads',
      kind: count === 1 ? ('rival' as const) : ('ours' as const),
      prepare: () => {
        const { arena } = filled(64);
        const ready = threads(arena, count);
        return {
          run: async () => {
            const workers = await ready;
            const done = workers.map(answer);
            for (const worker of workers) worker.postMessage({ operations: operations / count });
            await Promise.all(done);
            return operations;
          },
        };
      },
    })),
  });
}

function asking(bench: BenchContext): void {
  const operations = bench.smoke ? 20 : 2000;
  const keys = keysOf(KEYS);
  const keyOf = (i: number): Buffer => {
    const at = ((i * 7919) % KEYS) * KEY_BYTES;
    return keys.subarray(at, at + KEY_BYTES);
  };
  bench.compare({
    operation: 'get, one by one',
    size: KEYS,
    distribution: 'keys in turn',
    operations,
    contenders: [
      {
        name: 'shared cache',
        kind: 'ours',
        prepare: () => {
          const { cache } = filled(64);
          return {
            run: () => {
              let bytes = 0;
              for (let i = 0; i < operations; i++) bytes += (cache.get(keyOf(i)) as Uint8Array).length;
              return bytes;
            },
          };
        },
      },
      {
        name: 'postMessage to the owner',
        kind: 'rival',
        prepare: () => {
          const { arena } = filled(64);
          const ready = threads(arena, 1);
          const { port1, port2 } = new MessageChannel();
          port1.unref();
          let sent = false;
          return {
            run: async () => {
              const [owner] = (await ready) as [Worker];
              let bytes = 0;
              port1.ref();
              for (let i = 0; i < operations; i++) {
                const got = answer(port1);
                // The port is the owner's from the first question on.
                if (!sent) owner.postMessage({ get: new Uint8Array(keyOf(i)), port: port2 }, [port2]);
                else owner.postMessage({ get: new Uint8Array(keyOf(i)) });
                sent = true;
                bytes += ((await got) as Uint8Array).length;
              }
              port1.unref();
              return bytes;
            },
          };
        },
      },
    ],
  });
}
