import { expect, it } from 'vitest';
import { type ReadHold, ReadWriteLock, type WriteHold } from '../../src/concurrency/read-write-lock/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { settled } from '../support/time.js';

interface Ask {
  readonly id: number;
  readonly kind: 'read' | 'write';
  readonly controller: AbortController;
}

/** Lets in one after the other whoever may go, by looking at everybody. */
function serve(preference: 'read' | 'write' | 'fair', holds: Map<number, string>, waiting: Ask[]): void {
  for (;;) {
    const kinds = [...holds.values()];
    const may = (kind: string) => (kind === 'read' ? !kinds.includes('write') : kinds.length === 0);
    const firsts = waiting.toSorted((a, b) => {
      if (preference === 'fair' || a.kind === b.kind) return a.id - b.id;
      return a.kind === preference ? -1 : 1;
    });
    const next = firsts[0];
    if (next === undefined || !may(next.kind)) return;
    waiting.splice(waiting.indexOf(next), 1);
    holds.set(next.id, next.kind);
  }
}

it('ReadWriteLock lets in whom one that looks at everybody would', async () => {
  const seed = testSeed('read-write-lock model');
  const { below } = seededRandom(seed);
  for (let run = 0; run < 18; run++) {
    const preference = (['read', 'write', 'fair'] as const)[run % 3] as 'fair';
    const lock = new ReadWriteLock({ preference });
    const model = new Map<number, string>();
    const waiting: Ask[] = [];
    const holds = new Map<number, ReadHold | WriteHold>();
    for (let step = 0, id = 0; step < 200; step++) {
      const claim = `seed ${seed}, run ${run}, step ${step}`;
      const kind = below(10);
      if (kind < 5) {
        const ask: Ask = { id: id++, kind: below(3) === 0 ? 'write' : 'read', controller: new AbortController() };
        waiting.push(ask);
        const wait = lock[ask.kind]({ signal: ask.controller.signal });
        wait.then(
          (hold) => holds.set(ask.id, hold),
          () => undefined,
        );
      } else if (kind < 8 && holds.size > 0) {
        const chosen = [...holds.keys()][below(holds.size)] as number;
        holds.get(chosen)?.release();
        holds.delete(chosen);
        model.delete(chosen);
      } else if (kind === 8 && waiting.length > 0) {
        waiting.splice(below(waiting.length), 1)[0]?.controller.abort();
      } else if (kind === 9) {
        const writer = [...holds].find(([, hold]) => hold.mode === 'write');
        if (writer !== undefined) {
          holds.set(writer[0], (writer[1] as WriteHold).downgrade());
          model.set(writer[0], 'read');
        }
      }
      serve(preference, model, waiting);
      await settled();
      expect([...holds.keys()].sort(), claim).toEqual([...model.keys()].sort());
      expect(lock.waitingReaders + lock.waitingWriters, claim).toBe(waiting.length);
    }
  }
});
