import { expect, it } from 'vitest';
import { type Permit, Semaphore } from '../../src/concurrency/semaphore/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { settled } from '../support/time.js';

interface Ask {
  readonly id: number;
  readonly weight: number;
  readonly priority: number;
  readonly controller: AbortController;
}

/** A semaphore that keeps an array and looks at all of it. */
class Naive {
  waiting: Ask[] = [];
  readonly held = new Map<number, number>();
  capacity: number;
  readonly barging: boolean;

  constructor(capacity: number, barging: boolean) {
    this.capacity = capacity;
    this.barging = barging;
  }

  get available(): number {
    return this.capacity - [...this.held.values()].reduce((sum, weight) => sum + weight, 0);
  }

  ask(ask: Ask): void {
    if (ask.weight <= this.available && (this.barging || this.waiting.length === 0)) this.held.set(ask.id, ask.weight);
    else this.waiting.push(ask);
    this.waiting.sort((a, b) => b.priority - a.priority || a.id - b.id);
  }

  serve(): void {
    while (this.waiting[0] !== undefined && this.waiting[0].weight <= this.available) {
      const { id, weight } = this.waiting.shift() as Ask;
      this.held.set(id, weight);
    }
  }
}

it('Semaphore lends as one that looks at everybody would', async () => {
  const seed = testSeed('semaphore model');
  const { below } = seededRandom(seed);
  for (let run = 0; run < 20; run++) {
    const barging = run % 2 === 1;
    const capacity = 1 + below(8);
    const semaphore = new Semaphore(capacity, { order: barging ? 'barging' : 'fifo' });
    const naive = new Naive(capacity, barging);
    const permits = new Map<number, Permit>();
    for (let step = 0, id = 0; step < 200; step++) {
      const claim = `seed ${seed}, run ${run}, step ${step}`;
      const kind = below(10);
      if (kind < 5) {
        const controller = new AbortController();
        const ask = { id: id++, weight: 1 + below(naive.capacity), priority: below(3) - 1, controller };
        naive.ask(ask);
        semaphore.acquire(ask.weight, { priority: ask.priority, signal: controller.signal }).then(
          (permit) => permits.set(ask.id, permit),
          () => undefined,
        );
      } else if (kind < 8 && permits.size > 0) {
        const chosen = [...permits.keys()][below(permits.size)] as number;
        permits.get(chosen)?.release();
        permits.delete(chosen);
        naive.held.delete(chosen);
        naive.serve();
      } else if (kind === 8 && naive.waiting.length > 0) {
        const [gone] = naive.waiting.splice(below(naive.waiting.length), 1);
        gone?.controller.abort();
        naive.serve();
      } else if (kind === 9) {
        const size = 1 + below(8);
        naive.capacity = size;
        naive.waiting = naive.waiting.filter(({ weight }) => weight <= size);
        semaphore.resize(size);
        naive.serve();
      }
      await settled();
      expect([...permits.keys()].sort(), claim).toEqual([...naive.held.keys()].sort());
      expect([semaphore.available, semaphore.waiting], claim).toEqual([naive.available, naive.waiting.length]);
    }
  }
});
