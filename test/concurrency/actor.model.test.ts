import { describe, expect, it } from 'vitest';
import { Actor, type ActorRef, ActorSystem, type Directive } from '../../src/concurrency/actor/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { ManualTime, settled } from '../support/time.js';

interface Order {
  readonly sender: number;
  readonly number: number;
  readonly what: 'answer' | 'later' | 'throw' | 'reject' | 'spawn' | 'stop' | 'stash' | 'unstash' | 'timer';
}

const WHATS = [
  ...['answer', 'answer', 'answer', 'answer', 'later', 'later', 'later', 'later', 'spawn', 'spawn', 'timer', 'stash'],
  ...['throw', 'reject', 'stop', 'unstash'],
] as Order['what'][];
const DIRECTIVES: readonly Directive[] = ['restart', 'restart', 'restart', 'resume', 'resume', 'stop', 'escalate'];
const STRATEGIES = ['one-for-one', 'one-for-all', 'rest-for-one'] as const;

describe('a tree of actors under random orders', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'receives one at a time and in order, answers every question, and ends (%i)',
    async (round) => {
      const random = seededRandom(testSeed(`actors ${round}`));
      const time = new ManualTime();
      const pick = <T>(items: readonly T[]): T => items[random.below(items.length)] as T;
      let unsettled = 0;
      let received = 0;
      const inside = new Set<string>();
      // What an actor throws its supervisor deals with: it is told here.
      const wrong: string[] = [];
      const check = (holds: boolean, what: string) => void (holds || wrong.push(what));
      const refs: ActorRef<Order, number>[] = [];
      const supervision = () => ({
        strategy: pick(STRATEGIES),
        maxRestarts: random.below(6),
        withinMs: 1000,
        backoffMs: pick([0, 0, 20]),
        decide: () => pick(DIRECTIVES),
      });

      class Node extends Actor<Order, number> {
        /** The last order of each sender that was not put aside. */
        readonly last = new Map<number, number>();
        stashes = false;

        override async preStart() {
          if (random.next() < 0.3) await null;
          if (random.next() < 0.05) throw new Error('start');
          if (this.context.self.path.split('/').length < 4) this.grow();
        }

        override preRestart() {
          expect(this.context.children).toHaveLength(0);
          if (random.next() < 0.1) throw new Error('restart');
        }

        override async postStop() {
          expect(this.context.children).toHaveLength(0);
          if (random.next() < 0.3) await null;
          if (random.next() < 0.1) throw new Error('stop');
        }

        grow() {
          if (refs.length < 200) refs.push(this.context.spawn(() => new Node(), { supervision: supervision() }));
        }

        async receive(order: Order) {
          const { path } = this.context.self;
          check(!inside.has(path), `two at once at ${path}`);
          inside.add(path);
          try {
            return await this.obey(order);
          } finally {
            inside.delete(path);
          }
        }

        async obey({ sender, number, what }: Order) {
          received++;
          if (what === 'stash' && !this.stashes) {
            this.stashes = true;
            this.context.stash();
            return 0;
          }
          if (what !== 'stash') {
            check(number > (this.last.get(sender) ?? -1), `${number} out of order`);
            this.last.set(sender, number);
          }
          if (what === 'later') await null;
          if (what === 'throw') throw new Error('told to');
          if (what === 'reject') await Promise.reject(new Error('told to'));
          if (what === 'spawn') this.grow();
          if (what === 'stop') this.context.stop();
          if (what === 'unstash') this.context.unstashAll();
          if (what === 'timer')
            this.context.setTimer('t', { sender: -1 - received, number: 0, what: 'answer' }, random.below(50));
          return number;
        }
      }

      const system = new ActorSystem({ clock: time, timer: time, supervision: supervision() });
      const root = () =>
        refs.push(system.spawn(() => new Node(), { supervision: supervision(), mailbox: { capacity: 20 } }));
      for (let i = 0; i < 3; i++) root();
      for (let step = 0; step < 1500; step++) {
        const live = refs.filter(({ ended }) => !ended);
        if (live.length < 3) root();
        const ref = pick(random.next() < 0.1 || live.length === 0 ? refs : live);
        const order = { sender: 0, number: step, what: pick(WHATS) };
        if (random.next() < 0.5) ref.tell(order);
        else {
          unsettled++;
          const controller = new AbortController();
          const options = pick([{}, { timeoutMs: 1 + random.below(30) }, { signal: controller.signal }]);
          ref.ask(order, options).then(
            () => unsettled--,
            () => unsettled--,
          );
          if (random.next() < 0.1) controller.abort('no');
        }
        if (random.next() < 0.3) await null;
        if (random.next() < 0.3) await settled();
        if (random.next() < 0.1) await time.pass(random.below(40));
      }
      expect(received).toBeGreaterThan(200);
      const end = system.shutdown();
      await time.pass(1000, 10);
      await end;
      await settled();
      expect(wrong).toEqual([]);
      expect([unsettled, system.stats().actors, time.pending, inside.size]).toEqual([0, 0, 0, 0]);
      expect(refs.every(({ ended, pending }) => ended && pending === 0)).toBe(true);
    },
  );
});
