/** What a message costs: told to one actor until all are received, and asked one after the other. */

import * as untyped from 'nact';
import { Actor, ActorSystem } from '../../src/concurrency/actor/index.js';
import { type Contender, defineSuite, ownCopy } from '../harness/suite.js';

/** The parts of nact that are called, as they are used here. */
interface Ref {
  readonly path: unknown;
}

interface Nact {
  start(): Ref;
  stop(ref: Ref): void;
  spawn<S, M>(parent: Ref, receive: (state: S | undefined, message: M) => S): Ref;
  dispatch(ref: Ref, message: unknown): void;
  query(ref: Ref, message: (sender: Ref) => unknown, timeoutMs: number): Promise<number>;
}

const nact = untyped as unknown as Nact;

interface Talks {
  /** Tells 1 so many times; the sum that was received. */
  tellAll(count: number): Promise<number>;
  ask(value: number): Promise<number>;
  dispose(): void;
}

class Sum extends Actor<number, number> {
  sum = 0;

  receive(message: number): number {
    if (message === 0) {
      const { sum } = this;
      this.sum = 0;
      return sum;
    }
    this.sum += message;
    return message;
  }
}

function ours(): Talks {
  const system = new ActorSystem();
  const ref = system.spawn(() => new Sum(), { mailbox: { capacity: 1 << 20 } });
  return {
    tellAll(count) {
      for (let i = 0; i < count; i++) ref.tell(1);
      return ref.ask(0);
    },
    ask: (value) => ref.ask(value),
    dispose: () => void system.shutdown(),
  };
}

function theirs(): Talks {
  const system = nact.start();
  type Message = number | { value: number; sender: Ref };
  const ref = nact.spawn<number, Message>(system, (sum = 0, message) => {
    if (typeof message === 'number') return sum + message;
    nact.dispatch(message.sender, message.value === 0 ? sum : message.value);
    return message.value === 0 ? 0 : sum;
  });
  return {
    tellAll(count) {
      for (let i = 0; i < count; i++) nact.dispatch(ref, 1);
      return nact.query(ref, (sender) => ({ value: 0, sender }), 60_000);
    },
    ask: (value) => nact.query(ref, (sender) => ({ value, sender }), 60_000),
    dispose: () => nact.stop(system),
  };
}

async function askAll(talks: Talks, turns: number): Promise<number> {
  let sum = 0;
  for (let i = 1; i <= turns; i++) sum += await talks.ask(i);
  return sum;
}

export const suite = defineSuite('concurrency/actor', (bench) => {
  const contender = (
    name: string,
    kind: Contender['kind'],
    make: () => Talks,
    run: (talks: Talks) => Promise<number>,
  ): Contender => ({
    name,
    kind,
    prepare: () => {
      const talks = make();
      return { run: () => run(talks), dispose: () => talks.dispose() };
    },
  });
  const compare = (operation: string, size: number, run: () => (talks: Talks) => Promise<number>): void =>
    bench.compare({
      operation,
      size,
      distribution: 'one actor',
      contenders: [contender('Actor', 'ours', ours, run()), contender('nact', 'rival', theirs, run())],
    });
  const tells = bench.smoke ? 100 : 10_000;
  const asks = bench.smoke ? 20 : 1000;
  compare('tell', tells, () => (talks) => talks.tellAll(tells));
  compare('ask', asks, () => {
    const own = ownCopy(askAll);
    return (talks) => own(talks, asks);
  });
});
