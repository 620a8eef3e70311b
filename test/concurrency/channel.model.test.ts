import { expect, it } from 'vitest';
import { Channel, type Overflow, receiveFrom, select, sendTo } from '../../src/concurrency/channel/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { settled } from '../support/time.js';

interface Ask {
  readonly id: number;
  readonly value: number | undefined;
  readonly controller: AbortController;
}

/** A channel by arrays: who waits, what is held, and what each got. */
class Naive {
  readonly held: number[] = [];
  readonly senders: Ask[] = [];
  readonly receivers: Ask[] = [];
  readonly outcomes = new Map<number, unknown>();
  readonly capacity: number;
  readonly overflow: Overflow;

  constructor(capacity: number, overflow: Overflow) {
    this.capacity = capacity;
    this.overflow = overflow;
  }

  send(ask: Ask): void {
    this.senders.push(ask);
    this.settle();
    if (!this.senders.includes(ask) || this.overflow === 'wait') return;
    this.senders.pop();
    if (this.overflow === 'drop-oldest') {
      this.held.shift();
      this.held.push(ask.value as number);
      this.outcomes.set(ask.id, true);
    } else this.outcomes.set(ask.id, this.overflow === 'reject' ? 'QUEUE_FULL' : false);
  }

  receive(ask: Ask): void {
    this.receivers.push(ask);
    this.settle();
  }

  settle(): void {
    for (;;) {
      const sender = this.senders[0];
      if (
        sender !== undefined &&
        (this.held.length < this.capacity || (this.held.length === 0 && this.receivers.length > 0))
      ) {
        this.held.push((this.senders.shift() as Ask).value as number);
        this.outcomes.set(sender.id, true);
      } else if (this.receivers.length > 0 && this.held.length > 0) {
        this.outcomes.set((this.receivers.shift() as Ask).id, this.held.shift());
      } else return;
    }
  }
}

it('Channel hands on what one made of arrays would, by receive, next, send and select', async () => {
  const seed = testSeed('channel model');
  const { below } = seededRandom(seed);
  for (let run = 0; run < 24; run++) {
    const overflow = (['wait', 'drop-oldest', 'drop-newest', 'reject'] as const)[run % 4] as Overflow;
    const capacity = below(4) + (overflow === 'drop-oldest' ? 1 : 0);
    const channel = new Channel<number>({ capacity, overflow });
    const never = Channel.rendezvous<number>();
    const model = new Naive(capacity, overflow);
    const outcomes = new Map<number, unknown>();
    for (let step = 0, id = 0; step < 200; step++) {
      const claim = `seed ${seed}, run ${run}, step ${step}`;
      const kind = below(10);
      const controller = new AbortController();
      const { signal } = controller;
      const keep = (ask: Ask, wait: Promise<unknown>) =>
        wait.then(
          (outcome) => outcomes.set(ask.id, outcome),
          (error) => (signal.aborted ? undefined : outcomes.set(ask.id, error.code)),
        );
      if (kind < 4) {
        const ask: Ask = { id: id++, value: below(1000), controller };
        const value = ask.value as number;
        model.send(ask);
        const selects = below(2) === 0;
        if (selects)
          keep(
            ask,
            select([receiveFrom(never), sendTo(channel, value)], { signal }).then(
              (it) => it.kind === 'send' && it.taken,
            ),
          );
        else keep(ask, channel.send(value, { signal }));
      } else if (kind < 8) {
        const ask: Ask = { id: id++, value: undefined, controller };
        model.receive(ask);
        const way = below(3);
        if (way === 0) keep(ask, channel.receive({ signal }));
        else if (way === 1)
          keep(
            ask,
            channel.next({ signal }).then(({ value }) => value),
          );
        else
          keep(
            ask,
            select([receiveFrom(channel), receiveFrom(never)], { signal }).then(({ value }) => value),
          );
      } else {
        const list = kind === 8 ? model.senders : model.receivers;
        if (list.length > 0) list.splice(below(list.length), 1)[0]?.controller.abort();
      }
      await settled();
      expect([...outcomes].sort(byId), claim).toEqual([...model.outcomes].sort(byId));
      const { size, waitingSenders, waitingReceivers } = channel.stats();
      expect([size, waitingSenders, waitingReceivers], claim).toEqual([
        model.held.length,
        model.senders.length,
        model.receivers.length,
      ]);
    }
  }
});

function byId([a]: [number, unknown], [b]: [number, unknown]): number {
  return a - b;
}
