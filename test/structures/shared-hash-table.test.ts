import { describe, expect, it } from 'vitest';
import { Arena, ArenaFullError, NameError } from '../../bindings/index.js';
import { SharedHashTable, SharedTableFullError } from '../../src/structures/shared-hash-table/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { expectLinearizable, RECORD_HISTORY } from '../support/register-history.js';
import { sharedTable, TABLE_WORKER } from '../support/shared-table.js';
import { runWorker, workerFile } from '../support/worker.js';

describe('SharedHashTable', () => {
  it('is a map of bytes, strings being their UTF-8', () => {
    const { table } = sharedTable();
    expect(table.set('größe', 'L').set(new Uint8Array([0, 255]), new Uint8Array(3000).fill(7))).toBe(table);
    table.set('', '').set('größe', 'XL');
    expect([table.getString('größe'), table.getString(''), table.size]).toEqual(['XL', '', 3]);
    expect(table.get(new Uint8Array([0, 255]))).toEqual(new Uint8Array(3000).fill(7));
    expect([table.get('none'), table.getString('none'), table.has('none'), table.has('')]).toEqual([
      undefined,
      undefined,
      false,
      true,
    ]);
    const target = new Uint8Array(4);
    expect([
      table.getInto('größe', target, 2),
      table.getInto('größe', target, 3),
      table.getInto('none', target),
    ]).toEqual([2, 2, -1]);
    expect(target).toEqual(new Uint8Array([0, 0, 88, 76]));
    expect([...table].map(([key, value]) => [key.length, value.length]).sort()).toEqual([
      [0, 0],
      [2, 3000],
      [7, 2],
    ]);
    expect([[...table.keys()].length, [...table.values()].length]).toEqual([3, 3]);
    expect([table.delete('größe'), table.delete('größe'), table.size]).toEqual([true, false, 2]);
    let seen = 0;
    table.forEach(() => {
      seen++;
    });
    expect(seen).toBe(2);
    table.clear();
    expect([table.size, table.has('')]).toEqual([0, false]);
    table.check();
  });

  it('does as a Map does, and refuses what has no room without any change', () => {
    const random = seededRandom(testSeed('shared hash table, model'));
    for (const segments of [1, 4]) {
      const { arena, table } = sharedTable(segments, 100_000);
      const model = new Map<string, string>();
      let refused = 0;
      for (let step = 0; step < 20_000; step++) {
        const key = `key ${random.below(step < 10_000 ? 1500 : 300)}`;
        const choice = random.next();
        if (choice < 0.6) {
          const value = 'x'.repeat(random.below(random.below(20) === 0 ? 2000 : 60));
          try {
            table.set(key, value);
            model.set(key, value);
          } catch (error) {
            expect(error).toBeInstanceOf(SharedTableFullError);
            refused++;
          }
        } else if (choice < 0.8) {
          expect(table.delete(key)).toBe(model.delete(key));
        }
        expect(table.getString(key)).toBe(model.get(key));
        if (step % 500 === 0) {
          table.check();
          expect(table.size).toBe(model.size);
        }
      }
      expect(refused).toBeGreaterThan(100);
      const found = new Map([...table].map(([key, value]) => [String.fromCharCode(...key), value.length]));
      expect(found.size).toBe(model.size);
      for (const [key, value] of model) expect(found.get(key)).toBe(value.length);
      expect(table.stats().bytesUsed).toBeLessThanOrEqual(table.stats().bytes);
      expect(table.stats().bytes).toBeLessThanOrEqual(100_000);
      for (const key of model.keys()) table.delete(key);
      table.check();
      arena.check();
    }
  });

  it('refuses misuse', () => {
    const { arena, table } = sharedTable();
    expect(() => table.set(5 as never, 'x')).toThrow(TypeError);
    expect(() => table.get(undefined as never)).toThrow(TypeError);
    expect(() => table.set('large', new Uint8Array(200_000))).toThrow(SharedTableFullError);
    expect(() => new SharedHashTable(undefined as never)).toThrow(TypeError);
    expect(() => new SharedHashTable({ arena, name: 'a', maxBytes: 16_383, segments: 1 })).toThrow(RangeError);
    expect(() => new SharedHashTable({ arena, name: 'a', maxBytes: 100_000, segments: 3 })).toThrow(RangeError);
    expect(() => new SharedHashTable({ arena, name: 'table', maxBytes: 300_000 })).toThrow(NameError);
    expect(() => new SharedHashTable({ arena, name: 'a', maxBytes: 1 << 23 })).toThrow(ArenaFullError);
    expect(table.size).toBe(0);
  });

  it('works in an arena of one thread too, where a snapshot holds it', () => {
    const arena = new Arena();
    const table = new SharedHashTable({ arena, name: 'table', maxBytes: 1 << 20 });
    for (let i = 0; i < 10_000; i++) table.set(`key ${i}`, `value ${i}`);
    const restored = SharedHashTable.open(Arena.restore(arena.snapshot()), 'table');
    expect([restored.size, restored.getString('key 9999')]).toEqual([10_000, 'value 9999']);
    restored.check();
  });
});

describe('threads that share a SharedHashTable', () => {
  it('lose nothing while it grows, and read whole values only', async () => {
    const seed = testSeed('shared hash table, growing');
    const { arena, table } = sharedTable(4, 3 << 20);
    const file = workerFile(`${TABLE_WORKER}
      let torn = 0;
      for (let i = 0; i < 5000; i++) {
        table.set(\`\${workerData.who} \${i}\`, value(i));
        const other = table.getString(\`\${random.below(3)} \${random.below(i + 1)}\`);
        if (other !== undefined && whole(other) === false) torn++;
      }
      parentPort.postMessage(torn);
      arena.dispose();
    `);
    const work = [0, 1, 2].map(
      (who) => runWorker<number>(file, { shared: arena.share(), seed: seed + who, who }).answer,
    );
    expect(await Promise.all(work)).toEqual([0, 0, 0]);
    expect(table.size).toBe(15_000);
    for (let i = 0; i < 5000; i++)
      for (const who of [0, 1, 2]) expect(table.getString(`${who} ${i}`)?.split(':')[0]).toBe(`${i}`);
    table.check();
    expect(table.stats().recovered).toBe(0);
  });

  it('have linearizable histories, key by key', async () => {
    const seed = testSeed('shared hash table, histories');
    const file = workerFile(`${TABLE_WORKER} const store = table; ${RECORD_HISTORY}`);
    const { arena } = sharedTable(2);
    const tickets = new SharedArrayBuffer(4);
    const work = [0, 1, 2].map((i) => runWorker<unknown[]>(file, { shared: arena.share(), seed: seed + i, tickets }));
    expectLinearizable(await Promise.all(work.map((it) => it.answer)));
  });
});
