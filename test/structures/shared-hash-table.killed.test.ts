import { describe, expect, it } from 'vitest';
import { seededRandom, testSeed } from '../support/random.js';
import { sharedTable, TABLE_WORKER } from '../support/shared-table.js';
import { runWorker, workerFile } from '../support/worker.js';

describe('threads that are killed while they write to a SharedHashTable', () => {
  const kills = Number(process.env.ASHLAR_KILLS ?? 25);
  // Each notes what it begins and what it has done: of a key, what is there is one or the other, and nothing else.
  const file = workerFile(`${TABLE_WORKER}
    const notes = new Int32Array(workerData.notes);
    parentPort.postMessage(arena.participant.number);
    for (let number = 1; ; number++) {
      const key = random.below(workerData.keys);
      const gone = random.below(4) === 0;
      Atomics.store(notes, 2 * key, gone ? -number : number);
      if (gone) table.delete(\`\${workerData.who} \${key}\`);
      else table.set(\`\${workerData.who} \${key}\`, value(number));
      Atomics.store(notes, 2 * key + 1, gone ? -number : number);
      if (random.below(3000) === 0) for (let i = 0; i < 50; i++) table.set(\`\${workerData.who} more \${i}\`, 'x');
    }
  `);

  it(`have done each set and each delete, or have not (${kills} times)`, {
    timeout: 30_000 + 1500 * kills,
  }, async () => {
    const random = seededRandom(testSeed('shared hash table, killed'));
    const keys = 400;
    const { arena, table } = sharedTable(1, 400_000);
    const failures: unknown[] = [];
    for (let kill = 0; kill < kills; kill += 2) {
      const workers = await Promise.all(
        [0, 1].map(async (i) => {
          const who = kill + i;
          const notes = new SharedArrayBuffer(8 * keys);
          const { worker, answer } = runWorker<number>(file, {
            shared: arena.share(),
            seed: random.below(1e9),
            who,
            keys,
            notes,
          });
          worker.on('error', (error) => failures.push(error));
          return { worker, who, notes: new Int32Array(notes), number: await answer };
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, random.below(30)));
      for (const { worker, number } of workers) {
        await worker.terminate();
        arena.bury(number);
      }
      table.check();
      for (const { who, notes } of workers) {
        for (let key = 0; key < keys; key++) {
          const [began, done] = [notes[2 * key] as number, notes[2 * key + 1] as number];
          const text = table.getString(`${who} ${key}`);
          const parts = text?.split(':').slice(0, -1) ?? [];
          const found = Number(parts[0] ?? 0);
          if (new Set(parts).size > 1) failures.push(`torn: ${text}`);
          if (found !== Math.max(began, 0) && found !== Math.max(done, 0)) failures.push(`${found}: ${began}, ${done}`);
          table.delete(`${who} ${key}`);
        }
        for (let i = 0; i < 50; i++) table.delete(`${who} more ${i}`);
      }
      expect(failures).toEqual([]);
      expect(table.size).toBe(0);
      table.check();
    }
    console.log(`${table.stats().recovered} of ${kills} died while they wrote`);
    arena.check();
  });
});
