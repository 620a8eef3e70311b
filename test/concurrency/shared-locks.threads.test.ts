/** Locks between real threads: what must never be together is not, and who is killed holds up nobody. */

import { describe, expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import {
  SharedBarrier,
  SharedCondition,
  SharedCountDownLatch,
  SharedMutex,
  SharedOnce,
  SharedReadWriteLock,
  SharedSemaphore,
  SharedSeqLock,
} from '../../src/concurrency/shared-locks/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { runWorker, workerFile } from '../support/worker.js';

const THREADS = 3;

const BEGIN = `
  import { parentPort, workerData } from 'node:worker_threads';
  import { Arena } from './bindings/index.ts';
  import * as locks from './src/concurrency/shared-locks/index.ts';
  import { seededRandom } from './test/support/random.ts';
  const arena = Arena.attach(workerData.shared);
  const random = seededRandom(workerData.seed);
  // Plain words, which only a lock keeps from being torn.
  const words = new Int32Array(workerData.words);
  const pause = () => new Promise((resolve) => setTimeout(resolve));
`;

function home(): { arena: Arena; words: Int32Array } {
  return {
    arena: new Arena({ shared: true, maxBytes: 1 << 20 }),
    words: new Int32Array(new SharedArrayBuffer(256)),
  };
}

/** Runs a program in several threads; what each answers. */
async function inThreads<T>(program: string, arena: Arena, words: Int32Array, seedName: string): Promise<T[]> {
  const file = workerFile(BEGIN + program);
  const random = seededRandom(testSeed(seedName));
  const started = Array.from({ length: THREADS }, (_, who) =>
    runWorker<T>(file, { shared: arena.share(), words: words.buffer, seed: random.below(1e9), who }),
  );
  const answers = await Promise.all(started.map(({ answer }) => answer));
  await Promise.all(started.map(({ worker }) => worker.terminate()));
  return answers;
}

describe('between threads', () => {
  it('a mutex keeps additions apart, whether threads wait or tasks', async () => {
    const { arena, words } = home();
    const mutex = new SharedMutex({ arena, name: 'm' });
    await inThreads(
      `const mutex = locks.SharedMutex.open(arena, 'm');
       for (let i = 0; i < 3000; i++) mutex.useSync(() => { words[0]++; });
       const task = async () => { for (let i = 0; i < 300; i++) await mutex.use(() => { words[0]++; }); };
       await Promise.all([task(), task()]);
       for (let i = 0; i < 300; ) { const permit = mutex.tryAcquire(); if (permit) { words[0]++; i++; permit.release(); } }
       parentPort.postMessage('done');`,
      arena,
      words,
      'mutex of threads',
    );
    expect(words[0]).toBe(THREADS * 3900);
    mutex.check();
  });

  it('a semaphore lends no more than it has', async () => {
    const { arena, words } = home();
    const semaphore = new SharedSemaphore({ arena, name: 's', permits: 5 });
    const most = await inThreads<number>(
      `const semaphore = locks.SharedSemaphore.open(arena, 's');
       let most = 0;
       const task = async () => {
         for (let i = 0; i < 150; i++) {
           const weight = 1 + random.below(5);
           const permit = random.below(2) ? semaphore.acquireSync(weight, { timeoutMs: 30_000 }) : await semaphore.acquire(weight);
           most = Math.max(most, Atomics.add(words, 0, weight) + weight);
           if (random.below(4) === 0) Atomics.wait(words, 60, 0, 1);
           Atomics.sub(words, 0, weight);
           permit.release();
         }
       };
       await task();
       parentPort.postMessage(most);`,
      arena,
      words,
      'semaphore of threads',
    );
    expect(Math.max(...most)).toBeLessThanOrEqual(5);
    expect([words[0], semaphore.available, semaphore.waiting]).toEqual([0, 5, 0]);
    semaphore.check();
  });

  it.each(['read', 'write', 'fair'] as const)('who writes is alone (%s)', async (preference) => {
    const { arena, words } = home();
    const lock = new SharedReadWriteLock({ arena, name: 'rw', preference });
    const wrong = await inThreads<number>(
      `const lock = locks.SharedReadWriteLock.open(arena, 'rw');
       let wrong = 0;
       for (let i = 0; i < 400; i++) {
         if (random.below(4)) {
           const permit = lock.readSync();
           if (words[0] !== words[1]) wrong++;
           permit.release();
         } else {
           const permit = random.below(2) ? lock.writeSync() : await lock.write();
           words[0]++;
           for (let k = 0; k < 200; k++) Math.sqrt(k);
           words[1]++;
           if (random.below(2)) { while (!lock.tryDowngrade(permit)); if (words[0] !== words[1]) wrong++; }
           permit.release();
         }
       }
       parentPort.postMessage(wrong);`,
      arena,
      words,
      `read-write lock of threads, ${preference}`,
    );
    expect(wrong).toEqual(Array(THREADS).fill(0));
    expect(words[0]).toBe(words[1]);
    expect([lock.readers, lock.writing, lock.waiting]).toEqual([0, false, 0]);
    lock.check();
  });

  it('a barrier lets nobody be a round ahead', async () => {
    const { arena, words } = home();
    const barrier = new SharedBarrier({ arena, name: 'b', parties: THREADS });
    const wrong = await inThreads<number>(
      `const barrier = locks.SharedBarrier.open(arena, 'b');
       let wrong = 0;
       for (let round = 1; round <= 200; round++) {
         Atomics.add(words, 0, 1);
         if (random.below(2)) barrier.arriveSync(); else await barrier.arrive();
         if (Atomics.load(words, 0) < round * ${THREADS}) wrong++;
         barrier.arriveSync();
       }
       parentPort.postMessage(wrong);`,
      arena,
      words,
      'barrier of threads',
    );
    expect(wrong).toEqual(Array(THREADS).fill(0));
    expect([words[0], barrier.waiting, barrier.broken]).toEqual([200 * THREADS, 0, false]);
    barrier.check();
  });

  it('a condition hands each thing to one, and a latch tells when all are done', async () => {
    const { arena, words } = home();
    const mutex = new SharedMutex({ arena, name: 'm' });
    const condition = new SharedCondition({ arena, name: 'c' });
    const latch = new SharedCountDownLatch({ arena, name: 'l', count: THREADS });
    const taken = inThreads<number>(
      `const mutex = locks.SharedMutex.open(arena, 'm');
       const condition = locks.SharedCondition.open(arena, 'c');
       let taken = 0;
       for (;;) {
         let permit = mutex.acquireSync();
         while (words[0] === 0 && words[1] === 0) permit = condition.waitSync(mutex, permit);
         const over = words[0] === 0;
         if (!over) { words[0]--; taken++; }
         permit.release();
         if (over) break;
       }
       locks.SharedCountDownLatch.open(arena, 'l').countDown();
       parentPort.postMessage(taken);`,
      arena,
      words,
      'condition of threads',
    );
    for (let i = 0; i < 500; i++) {
      await mutex.use(() => {
        words[0] = (words[0] as number) + 1;
        condition.notify();
      });
      if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await mutex.use(() => {
      words[1] = 1;
      condition.notifyAll();
    });
    await latch.wait();
    expect((await taken).reduce((sum, each) => sum + each)).toBe(500);
    condition.check();
    mutex.check();
  });

  it('something is done once, by one of them', async () => {
    const { arena, words } = home();
    const once = new SharedOnce({ arena, name: 'o' });
    const ran = await inThreads<boolean>(
      `const once = locks.SharedOnce.open(arena, 'o');
       parentPort.postMessage(await once.run(async () => { words[0]++; await pause(); }));`,
      arena,
      words,
      'once of threads',
    );
    expect(ran.filter(Boolean)).toHaveLength(1);
    expect([words[0], once.done]).toEqual([1, true]);
  });

  it('a record is never read half-written', async () => {
    const { arena, words } = home();
    const record = new SharedSeqLock({ arena, name: 'r', bytes: 200 });
    const torn = await inThreads<number>(
      `const record = locks.SharedSeqLock.open(arena, 'r');
       let torn = 0;
       const bytes = new Uint8Array(200);
       for (let i = 0; i < 4000; i++) {
         if (random.below(3) === 0) record.write(bytes.fill(i));
         else if (record.read(bytes).some((byte) => byte !== bytes[0])) torn++;
       }
       parentPort.postMessage(torn);`,
      arena,
      words,
      'record of threads',
    );
    expect(torn).toEqual(Array(THREADS).fill(0));
    expect(record.version).toBeGreaterThan(3000);
  });
});

describe('threads that are killed', () => {
  const kills = Number(process.env.ASHLAR_KILLS ?? 25);

  it(`while they hold or wait hold up nobody (${kills} times)`, { timeout: 30_000 + 400 * kills }, async () => {
    const { arena, words } = home();
    const random = seededRandom(testSeed('locks, killed'));
    const mutex = new SharedMutex({ arena, name: 'm' });
    const semaphore = new SharedSemaphore({ arena, name: 's', permits: 3 });
    const lock = new SharedReadWriteLock({ arena, name: 'rw' });
    const file = workerFile(`${BEGIN}
      const mutex = locks.SharedMutex.open(arena, 'm');
      const semaphore = locks.SharedSemaphore.open(arena, 's');
      const lock = locks.SharedReadWriteLock.open(arena, 'rw');
      parentPort.postMessage(arena.participant.number);
      for (;;) {
        mutex.useSync((permit) => {
          // Who came before may have died between the two.
          if (permit.abandoned) words[1] = words[0];
          if (words[0] !== words[1]) throw new Error('half-changed, and nobody said so');
          words[0]++;
          for (let k = 0; k < 50; k++) Math.sqrt(k);
          words[1]++;
        });
        const permit = semaphore.acquireSync(1 + random.below(3));
        if (Atomics.add(words, 2, 1) >= 1e9) throw new Error();
        permit.release();
        const hold = random.below(3) ? lock.readSync() : lock.writeSync();
        Atomics.add(words, 3, 1);
        hold.release();
      }`);
    const failures: unknown[] = [];
    const start = async () => {
      const { worker, answer } = runWorker<number>(file, {
        shared: arena.share(),
        words: words.buffer,
        seed: random.below(1e9),
      });
      worker.on('error', (error) => failures.push(error));
      return { worker, number: await answer };
    };
    const victims = await Promise.all(Array.from({ length: THREADS }, start));
    let moved = 0;
    for (let kill = 0; kill < kills; kill++) {
      const index = random.below(THREADS);
      const victim = victims[index] as (typeof victims)[number];
      await new Promise((resolve) => setTimeout(resolve, random.below(4)));
      await victim.worker.terminate();
      arena.bury(victim.number);
      const before = [1, 2, 3].map((at) => Atomics.load(words, at));
      victims[index] = await start();
      const all = () => [1, 2, 3].every((at, i) => Atomics.load(words, at) !== before[i]);
      for (let looks = 0; looks < 3000 && !all(); looks++) await new Promise((resolve) => setTimeout(resolve, 1));
      if (all()) moved++;
    }
    for (const { worker, number } of victims) {
      await worker.terminate();
      arena.bury(number);
    }
    expect(failures).toEqual([]);
    expect(moved).toBe(kills);
    for (const each of [mutex, semaphore, lock]) {
      const permit = each instanceof SharedReadWriteLock ? each.writeSync() : each.acquireSync();
      permit.release();
      each.check();
      expect(each.waiting).toBe(0);
    }
    expect(semaphore.available).toBe(3);
    arena.check();
  });
});
