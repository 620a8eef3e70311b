import { describe, expect, it } from 'vitest';
import { seededRandom, testSeed } from '../support/random.js';
import { RING_WORKER, sharedRing } from '../support/shared-ring.js';
import { runWorker, workerFile } from '../support/worker.js';

describe('threads that are killed while they work', () => {
  const kills = Number(process.env.ASHLAR_KILLS ?? 25);
  const pusher = workerFile(`${RING_WORKER}
    parentPort.postMessage(arena.participant.number);
    for (let i = 0; ; ) {
      if (random.below(2) === 0) ring.push(make(workerData.who, i++));
      else ring.pushMany(Array.from({ length: 5 }, () => make(workerData.who, i++)));
    }
  `);
  const shifter = workerFile(`${RING_WORKER}
    parentPort.postMessage(arena.participant.number);
    const last = new Map();
    const note = (record) => {
      const [who, number] = read(record);
      if (number <= (last.get(who) ?? -1)) throw new Error('out of order');
      last.set(who, number);
    };
    for (;;) {
      if (random.below(2) === 0) note(ring.shift());
      else ring.shiftMany(7).forEach(note);
    }
  `);

  it.each(['one', 'many'] as const)(
    `hold up nobody for long, and leave a whole ring of %s at each end (${kills} times)`,
    {
      timeout: 30_000 + 400 * kills,
    },
    async (end) => {
      const random = seededRandom(testSeed(`shared ring, killed, ${end}`));
      const { arena, ring } = sharedRing(end);
      const failures: unknown[] = [];
      let made = 0;
      const start = async (file: string) => {
        const data = { shared: arena.share(), seed: random.below(1e9), who: ++made };
        const { worker, answer } = runWorker<number>(file, data);
        worker.on('error', (error) => failures.push(error));
        return { worker, file, number: await answer };
      };
      const files = end === 'one' ? [pusher, shifter] : [pusher, shifter, pusher, shifter];
      const victims = await Promise.all(files.map(start));
      let moved = 0;
      for (let kill = 0; kill < kills; kill++) {
        const index = random.below(victims.length);
        const victim = victims[index] as (typeof victims)[number];
        await new Promise((resolve) => setTimeout(resolve, random.below(4)));
        await victim.worker.terminate();
        // Where there is one, somebody must say so; of many the rest find out by themselves.
        const told = end === 'one' || random.below(8) > 0;
        if (told) arena.bury(victim.number);
        const { pushed, shifted } = ring.stats();
        victims[index] = await start(victim.file);
        if (!told) arena.bury(victim.number);
        for (let looks = 0; looks < 3000; looks++) {
          const now = ring.stats();
          if (now.pushed > pushed && now.shifted > shifted) break;
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        const now = ring.stats();
        if (now.pushed > pushed && now.shifted > shifted) moved++;
      }
      for (const { worker, number } of victims) {
        await worker.terminate();
        arena.bury(number);
      }
      expect(failures).toEqual([]);
      expect(moved).toBe(kills);
      ring.check();
      for (const record of ring.tryShiftMany(1000)) {
        const words = new Uint32Array(record.buffer);
        expect(words.subarray(1).every((word) => word === words[1])).toBe(true);
      }
      expect(ring.tryPush('after all')).toBe(true);
      expect(ring.tryShift()).toHaveLength(9);
      ring.check();
      arena.check();
    },
  );
});
