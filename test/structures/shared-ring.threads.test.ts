import { describe, expect, it } from 'vitest';
import { isLinearizable, type Operation } from '../support/linearizable.js';
import { testSeed } from '../support/random.js';
import { RING_WORKER, sharedRing } from '../support/shared-ring.js';
import { runWorker, workerFile } from '../support/worker.js';

describe.each([
  ['one', 'holding the threads up'],
  ['one', 'without holding them up'],
  ['many', 'holding the threads up'],
  ['many', 'without holding them up'],
] as const)('threads that share a ring of %s at each end, %s', (end, how) => {
  it('get each record once, whole, and in the order of each producer', async () => {
    const seed = testSeed(`shared ring, ${end}, ${how}`);
    const wait = how === 'without holding them up';
    const count = wait ? 5000 : 20_000;
    const producer = workerFile(`${RING_WORKER}
      for (let i = 0; i < ${count}; ) {
        const batch = Array.from({ length: Math.min(${count} - i, 1 + random.below(5)) }, (_, at) => make(workerData.who, i + at));
        if (batch.length === 1) ${wait ? 'await ring.pushAsync(batch[0])' : 'ring.push(batch[0])'};
        else ${wait ? 'await ring.pushManyAsync(batch)' : 'ring.pushMany(batch)'};
        i += batch.length;
      }
      parentPort.postMessage(ring.stats().pushed);
    `);
    const consumer = workerFile(`${RING_WORKER}
      const last = new Map();
      let taken = 0;
      let disorder = 0;
      const note = (record) => {
        const [who, number] = read(record);
        if (number <= (last.get(who) ?? -1)) disorder++;
        last.set(who, number);
        taken++;
      };
      for (;;) {
        if (random.below(2) === 0) {
          const record = ${wait ? 'await ring.shiftAsync()' : 'ring.shift()'};
          if (record === undefined) break;
          note(record);
        } else {
          const records = ${wait ? 'await ring.shiftManyAsync(1 + random.below(9))' : 'ring.shiftMany(1 + random.below(9))'};
          if (records.length === 0) break;
          records.forEach(note);
        }
      }
      parentPort.postMessage({ taken, disorder });
    `);
    const { arena, ring } = sharedRing(end);
    const threads = end === 'one' ? 1 : 2;
    const start = <T>(file: string, who: number) =>
      runWorker<T>(file, { shared: arena.share(), seed: seed + who, who }).answer;
    const consumers = Array.from({ length: threads }, (_, i) =>
      start<{ taken: number; disorder: number }>(consumer, 10 + i),
    );
    await Promise.all(Array.from({ length: threads }, (_, i) => start(producer, i)));
    ring.close();
    const results = await Promise.all(consumers);
    expect(results.reduce((sum, it) => sum + it.taken, 0)).toBe(count * threads);
    expect(results.map((it) => it.disorder)).toEqual(results.map(() => 0));
    expect([ring.ended, ring.stats().pushed, ring.stats().shifted]).toEqual([true, count * threads, count * threads]);
    ring.check();
  });
});

describe('histories of three threads', () => {
  const file = workerFile(`${RING_WORKER}
    const ticket = new Int32Array(workerData.tickets);
    const history = [];
    const text = (record) => String.fromCharCode(...record);
    // All begin together, and meet.
    Atomics.add(ticket, 1, 1);
    while (Atomics.load(ticket, 1) < 3);
    for (let step = 0; step < 250; step++) {
      const call = random.below(2) === 0 ? 'shift' : workerData.who + '.' + step;
      const busy = ring.stats().busy;
      const began = Atomics.add(ticket, 0, 1);
      const answer = call === 'shift' ? text(ring.tryShift() ?? []) : ring.tryPush(call);
      const ended = Atomics.add(ticket, 0, 1);
      // Who gave up because others were at it has done nothing.
      if (ring.stats().busy === busy) history.push({ began, ended, call, answer });
    }
    parentPort.postMessage(history);
    arena.dispose();
  `);
  type Recorded = Operation<string, string | boolean>;
  const capacity = 3;
  const queue = {
    initial: [] as readonly string[],
    key: (state: readonly string[]) => state.join(),
    next: (state: readonly string[], call: string, answer: string | boolean) => {
      if (call === 'shift') return answer === (state[0] ?? '') ? state.slice(1) : undefined;
      if (answer === false) return state.length === capacity ? state : undefined;
      return state.length < capacity ? [...state, call] : undefined;
    },
  };

  it('are linearizable: a full ring is full, an empty one is empty', async () => {
    const seed = testSeed('shared ring, histories');
    for (let round = 0; round < 8; round++) {
      const { arena } = sharedRing('many', 1000, capacity);
      const tickets = new SharedArrayBuffer(8);
      const work = [0, 1, 2].map((who) => ({ shared: arena.share(), seed: seed + 3 * round + who, who, tickets }));
      const histories = await Promise.all(work.map((it) => runWorker<Recorded[]>(file, it).answer));
      const all = histories.flat();
      expect(all.length).toBeGreaterThan(500);
      expect(isLinearizable(all, queue)).toBe(true);
      // The judge would see it: one record that comes twice.
      const shifted = all.filter((it) => it.call === 'shift' && it.answer !== '');
      const [first, last] = [shifted[0], shifted.at(-1)] as [Recorded, Recorded];
      const wrong = all.map((it) => (it === last ? { ...it, answer: first.answer } : it));
      expect(isLinearizable(wrong, queue)).toBe(false);
    }
  });
});
