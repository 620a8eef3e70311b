import { MessageChannel, Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  Actor,
  type ActorContext,
  ActorLink,
  type ActorRef,
  ActorSystem,
  type ActorSystemOptions,
  broadcast,
  type DeadLetter,
  type Directive,
  type EndReason,
  type Routing,
  router,
} from '../../src/concurrency/actor/index.js';
import { seededRandom } from '../../src/ports/random.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { ManualTime, settled } from '../support/time.js';
import { workerFile } from '../support/worker.js';

function make(options: ActorSystemOptions = {}) {
  const time = new ManualTime();
  const letters: DeadLetter[] = [];
  const failures: string[] = [];
  const system = new ActorSystem({
    clock: time,
    timer: time,
    onDeadLetter: (letter) => letters.push(letter),
    onFailure: (error, path) => failures.push(`${path}: ${(error as Error).message}`),
    ...options,
  });
  return { time, system, letters, failures };
}

/** Adds up, fails when it is told to, and says when it begins and ends. */
class Counter extends Actor<number | 'fail' | 'get', number> {
  sum = 0;
  constructor(readonly log: string[] = []) {
    super();
  }
  override preStart() {
    this.log.push(`start ${this.context.self.path}`);
  }
  override preRestart(error: unknown) {
    this.log.push(`restart ${this.context.self.path} ${(error as Error).message}`);
  }
  override postStop() {
    this.log.push(`stop ${this.context.self.path}`);
  }
  receive(message: number | 'fail' | 'get') {
    if (message === 'fail') throw new Error('told to');
    if (message !== 'get') this.sum += message;
    return this.sum;
  }
}

const deferred = <T>() => {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((done, fail) => {
    resolve = done;
    reject = fail;
  });
  return { promise, resolve, reject };
};

describe('tell and ask', () => {
  it('receives one message after the other, in order, and answers by what receive returns', async () => {
    const { system } = make();
    const gates = [deferred<void>(), deferred<void>()];
    const seen: number[] = [];
    let inside = 0;
    const ref = system.spawn(() =>
      Actor.of(async (i: number) => {
        expect(++inside).toBe(1);
        seen.push(i);
        await gates[i]?.promise;
        inside--;
        return i * 10;
      }),
    );
    const answers = [ref.ask(0), ref.ask(1), ref.ask(2)];
    expect(ref.tell(3)).toBe(true);
    await settled();
    expect([seen, ref.pending]).toEqual([[0], 4]);
    gates[1]?.resolve();
    gates[0]?.resolve();
    expect(await Promise.all(answers)).toEqual([0, 10, 20]);
    await settled();
    expect([seen, ref.pending]).toEqual([[0, 1, 2, 3], 0]);
    await system.shutdown();
  });

  it('ends an ask by its signal, its timeout, or the end of the actor, and leaves nothing behind', async () => {
    const { system, time, letters } = make();
    const gate = deferred<void>();
    const received: string[] = [];
    const ref = system.spawn(() =>
      Actor.of(async (name: string) => {
        received.push(name);
        await gate.promise;
      }),
    );
    const first = ref.ask('first');
    const counting = new CountingSignal();
    const aborted = ref.ask('aborted', { signal: counting.signal });
    const late = ref.ask('late', { timeoutMs: 100 });
    const never = reasonOf(ref.ask('never'));
    const reason = new Error('enough');
    counting.abort(reason);
    expect(await reasonOf(aborted)).toBe(reason);
    expect(counting.listeners).toBe(0);
    expect(await reasonOf(ref.ask('at once', { signal: counting.signal }))).toBe(reason);
    time.advance(100);
    expect(await reasonOf(late)).toMatchObject({ code: 'TIMEOUT' });
    system.stop(ref);
    gate.resolve();
    await first;
    expect(await never).toMatchObject({ code: 'ACTOR_STOPPED', path: '/$1' });
    // What nobody waited for any more was not received.
    expect(received).toEqual(['first']);
    expect(await reasonOf(ref.ask('after'))).toMatchObject({ code: 'ACTOR_STOPPED' });
    expect([ref.tell('after'), ref.ended, time.pending]).toEqual([false, true, 0]);
    expect(letters.map(({ message, why }) => [message, why])).toEqual([
      ['never', 'stopped'],
      ['after', 'stopped'],
      ['after', 'stopped'],
    ]);
    expect(() => ref.ask('x', { timeoutMs: -1 })).toThrow(RangeError);
  });

  it('bounds the mailbox: refuses the newest, or drops the oldest', async () => {
    const { system, letters } = make();
    const gate = deferred<void>();
    const received: number[] = [];
    const behave = () =>
      Actor.of(async (i: number) => {
        await gate.promise;
        received.push(i);
      });
    const strict = system.spawn(behave, { mailbox: { capacity: 2 } });
    strict.tell(0);
    await settled();
    expect([strict.tell(1), strict.tell(2), strict.tell(3)]).toEqual([true, true, false]);
    expect(await reasonOf(strict.ask(4))).toMatchObject({ code: 'MAILBOX_FULL', capacity: 2 });
    const sliding = system.spawn(behave, { mailbox: { capacity: 2, whenFull: 'drop-oldest' } });
    sliding.tell(10);
    await settled();
    const dropped = reasonOf(sliding.ask(11));
    expect([sliding.tell(12), sliding.tell(13)]).toEqual([true, true]);
    expect(await dropped).toMatchObject({ code: 'MAILBOX_FULL' });
    gate.resolve();
    await settled();
    expect(received.sort((a, b) => a - b)).toEqual([0, 1, 2, 10, 12, 13]);
    expect(letters.map(({ message }) => message)).toEqual([3, 4, 11]);
    expect(system.stats()).toEqual({ actors: 2, deadLetters: 3, failures: 0 });
    expect(() => system.spawn(behave, { mailbox: { capacity: 0 } })).toThrow(RangeError);
    await system.shutdown();
    expect(system.stats().actors).toBe(0);
  });

  it('lets others have their turn while two actors keep each other busy', async () => {
    const system = new ActorSystem();
    let turns = 0;
    const pong: ActorRef<number> = system.spawn(() => Actor.of((i: number) => void ping.tell(i)));
    const ping: ActorRef<number> = system.spawn(() => Actor.of((i: number) => void (++turns && pong.tell(i))));
    ping.tell(0);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(turns).toBeGreaterThan(100);
    await system.shutdown();
  });
});

describe('supervision', () => {
  const sum = (ref: ActorRef<number | 'fail' | 'get', number>) => ref.ask('get');

  it('restarts one that fails: a new instance, without the message, with those that waited', async () => {
    const { system, failures } = make();
    const log: string[] = [];
    const ref = system.spawn(() => new Counter(log), { name: 'counter' });
    ref.tell(5);
    const failed = reasonOf(ref.ask('fail'));
    ref.tell(2);
    expect(await failed).toMatchObject({ message: 'told to' });
    expect(await sum(ref)).toBe(2);
    expect(failures).toEqual(['/counter: told to']);
    await system.shutdown();
    expect(log).toEqual(['start /counter', 'restart /counter told to', 'start /counter', 'stop /counter']);
  });

  it.each([
    ['resume', 7],
    ['restart', 0],
  ] as const)('%s leaves a sum of %i', async (directive, left) => {
    const { system } = make({ supervision: { decide: () => directive } });
    const ref = system.spawn(() => new Counter());
    ref.tell(7);
    ref.tell('fail');
    expect(await sum(ref)).toBe(left);
  });

  it('stops one where it is told to, and says so to who watches', async () => {
    const { system } = make({ supervision: { decide: () => 'stop' } });
    const ref = system.spawn(() => new Counter());
    const reasons: EndReason[] = [];
    ref.watch((reason) => reasons.push(reason));
    ref.tell('fail');
    const after = reasonOf(sum(ref));
    expect(await after).toMatchObject({ code: 'ACTOR_STOPPED' });
    expect(reasons).toEqual(['failed']);
    ref.watch((reason) => reasons.push(reason));
    expect(reasons).toEqual(['failed', 'failed']);
  });

  type Strategy = 'one-for-one' | 'one-for-all' | 'rest-for-one';
  class Parent extends Actor<string, ActorRef<number | 'fail' | 'get', number> | undefined> {
    readonly refs = new Map<string, ActorRef<number | 'fail' | 'get', number>>();
    constructor(readonly log: string[]) {
      super();
    }
    override preStart() {
      this.log.push('start parent');
      for (const name of ['a', 'b', 'c'])
        this.refs.set(
          name,
          this.context.spawn(() => new Counter(this.log), { name }),
        );
    }
    receive(name: string) {
      return this.refs.get(name);
    }
  }

  it.each([
    ['one-for-one', ['b']],
    ['one-for-all', ['a', 'b', 'c']],
    ['rest-for-one', ['b', 'c']],
  ] as [Strategy, string[]][])('%s restarts %o when the second of three fails', async (strategy, restarted) => {
    const { system } = make();
    const log: string[] = [];
    const parent = system.spawn(() => new Parent(log), { name: 'p', supervision: { strategy } });
    const children = await Promise.all(['a', 'b', 'c'].map((name) => parent.ask(name)));
    for (const child of children) child?.tell(1);
    await settled();
    log.length = 0;
    children[1]?.tell('fail');
    await settled();
    const sums = await Promise.all(children.map((child) => child?.ask('get')));
    await settled();
    expect(log.filter((line) => line.startsWith('start'))).toEqual(restarted.map((name) => `start /p/${name}`));
    expect(sums.map((each) => each === 0)).toEqual(['a', 'b', 'c'].map((name) => restarted.includes(name)));
    log.length = 0;
    await system.shutdown();
    expect(log).toEqual(['stop /p/a', 'stop /p/b', 'stop /p/c']);
  });

  it('escalates what is too much within a time: the parent fails, its children stop, and it begins anew', async () => {
    const { system, time, failures } = make();
    const log: string[] = [];
    const parent = system.spawn(() => new Parent(log), { name: 'p', supervision: { maxRestarts: 2, withinMs: 1000 } });
    const first = (await parent.ask('a')) as ActorRef<number | 'fail' | 'get', number>;
    for (let i = 0; i < 2; i++) await reasonOf(first.ask('fail'));
    time.advance(1000);
    for (let i = 0; i < 2; i++) await reasonOf(first.ask('fail'));
    await settled();
    expect(first.ended).toBe(false);
    await reasonOf(first.ask('fail'));
    await settled();
    expect(first.ended).toBe(true);
    expect(failures.at(-1)).toMatch(/^\/p: Children of \/p failed more than 2 times within 1000 ms/);
    const second = (await parent.ask('a')) as typeof first;
    expect(second).not.toBe(first);
    expect(await sum(second)).toBe(0);
    expect(log.filter((line) => line === 'start parent')).toHaveLength(2);
    expect(log.filter((line) => line === 'stop /p/a')).toHaveLength(1);
  });

  it('gives up at the top, and a system that decides nonsense does not go on', async () => {
    const { system, failures } = make({ supervision: { maxRestarts: 1 } });
    const ref = system.spawn(() => new Counter());
    await reasonOf(ref.ask('fail'));
    await reasonOf(ref.ask('fail'));
    await settled();
    expect([ref.ended, failures.length]).toEqual([true, 2]);
    const other = make({ supervision: { decide: () => 'panic' as Directive } });
    const victim = other.system.spawn(() => new Counter());
    await reasonOf(victim.ask('fail'));
    await settled();
    expect(victim.ended).toBe(true);
    expect(() => make({ supervision: { strategy: 'all' as never } })).toThrow(RangeError);
    expect(() => make({ supervision: { maxRestarts: -1 } })).toThrow(RangeError);
  });

  it('waits before it begins anew, twice as long each time, and messages wait with it', async () => {
    const { system, time } = make({ supervision: { backoffMs: 100, maxBackoffMs: 150 } });
    const log: string[] = [];
    const ref = system.spawn(() => new Counter(log));
    for (const [at, delayMs] of [100, 150, 150].entries()) {
      await reasonOf(ref.ask('fail'));
      const answer = sum(ref);
      await settled();
      expect(time.pending).toBe(1);
      time.advance(delayMs - 1);
      await settled();
      expect(log.filter((line) => line.startsWith('start'))).toHaveLength(at + 1);
      time.advance(1);
      expect(await answer).toBe(0);
    }
    await reasonOf(ref.ask('fail'));
    await settled();
    await system.shutdown();
    expect([time.pending, ref.ended]).toEqual([0, true]);
  });

  it('supervises what fails to start, and logs what fails to stop', async () => {
    const { system, failures } = make({ supervision: { maxRestarts: 3 } });
    let tries = 0;
    class Fragile extends Actor<number, number> {
      override async preStart() {
        await null;
        if (++tries < 3) throw new Error(`try ${tries}`);
      }
      override postStop() {
        throw new Error('to stop');
      }
      receive(i: number) {
        return i;
      }
    }
    const ref = system.spawn(() => new Fragile(), { name: 'f' });
    expect(await ref.ask(4)).toBe(4);
    await system.shutdown();
    expect(failures).toEqual(['/f: try 1', '/f: try 2', '/f: to stop']);
    const wrong = make({ supervision: { maxRestarts: 0 } });
    const ended = wrong.system.spawn(() => ({}) as never);
    await settled();
    expect(ended.ended).toBe(true);
  });

  it('stops what is asked to stop while it begins, while it is at a message, while it waits', async () => {
    const { system, time } = make({ supervision: { backoffMs: 50 } });
    const [starting, working] = [deferred<void>(), deferred<void>()];
    const log: string[] = [];
    class Slow extends Actor<string> {
      override preStart() {
        return starting.promise;
      }
      override postStop() {
        log.push('slow stopped');
      }
      receive() {
        log.push('received');
      }
    }
    const slow = system.spawn(() => new Slow());
    slow.tell('never');
    system.stop(slow);
    expect(slow.ended).toBe(false);
    starting.resolve();
    await settled();
    expect([slow.ended, log]).toEqual([true, ['slow stopped']]);
    const busy = system.spawn(() => Actor.of(() => working.promise));
    const answer = busy.ask(0);
    await settled();
    system.stop(busy);
    working.resolve();
    await answer;
    await settled();
    expect(busy.ended).toBe(true);
    const waiting = system.spawn(() => new Counter());
    await reasonOf(waiting.ask('fail'));
    system.stop(waiting);
    await settled();
    expect([waiting.ended, time.pending]).toEqual([true, 0]);
    system.stop(waiting);
  });
});

describe('what an actor has of the world', () => {
  it('stops children before their parents, and an actor stops itself', async () => {
    const { system } = make();
    const log: string[] = [];
    class Tree extends Actor<number> {
      override preStart() {
        if (this.depth > 0) for (const name of ['l', 'r']) this.context.spawn(() => new Tree(this.depth - 1), { name });
      }
      override postStop() {
        expect(this.context.children).toHaveLength(0);
        log.push(this.context.self.path);
      }
      constructor(readonly depth: number) {
        super();
      }
      receive() {
        this.context.stop();
      }
    }
    const root = system.spawn(() => new Tree(2), { name: 't' });
    expect(system.stats().actors).toBe(7);
    root.tell(0);
    await settled();
    expect(log).toEqual(['/t/l/l', '/t/l/r', '/t/l', '/t/r/l', '/t/r/r', '/t/r', '/t']);
    expect(system.stats().actors).toBe(0);
    expect(() => system.spawn(() => new Tree(0), { name: 'a/b' })).toThrow(TypeError);
    const twice = system.spawn(() => new Tree(0), { name: 'one' });
    expect(() => system.spawn(() => new Tree(0), { name: 'one' })).toThrow(/already/);
    expect(() => new Tree(0).receive()).toThrow(/once it is spawned/);
    expect(() => system.stop(root)).not.toThrow();
    expect(() => system.spawn(new Tree(0) as never)).toThrow(TypeError);
    await Promise.all([system.shutdown(), system.shutdown()]);
    expect(twice.ended).toBe(true);
    expect(() => system.spawn(() => new Tree(0))).toThrow(/is stopped/);
  });

  it('hears of the end of those it watches, once, unless it stopped watching', async () => {
    const { system } = make();
    const log: string[] = [];
    class Watcher extends Actor<['watch' | 'unwatch', ActorRef<never>]> {
      receive([what, ref]: ['watch' | 'unwatch', ActorRef<never>]) {
        this.context[what](ref);
      }
      override onTerminated(ref: ActorRef<never>, reason: EndReason) {
        log.push(`${ref.path} ${reason}`);
      }
    }
    const watcher = system.spawn(() => new Watcher());
    const [a, b, c] = ['a', 'b', 'c'].map((name) => system.spawn(() => new Counter(), { name }));
    for (const ref of [a, a, b]) await watcher.ask(['watch', ref as ActorRef<never>]);
    await watcher.ask(['unwatch', b as ActorRef<never>]);
    for (const ref of [a, b, c]) system.stop(ref as ActorRef<never>);
    await settled();
    await watcher.ask(['watch', c as ActorRef<never>]);
    await settled();
    expect(log).toEqual(['/a stopped', '/c stopped']);
    await system.shutdown();
  });

  it('puts messages aside and takes them up again in order, and those who asked wait on', async () => {
    const { system } = make();
    const open = (context: ActorContext<string, string>, seen: string[]) => (message: string) => {
      if (message === 'open') {
        seen.push('open');
        context.unstashAll();
      } else if (!seen.includes('open')) {
        context.stash();
        expect(() => context.stash()).toThrow(/already/);
      } else seen.push(message);
      return message.toUpperCase();
    };
    const seen: string[] = [];
    const ref = system.spawn(
      () => Actor.of((message: string, context: ActorContext<string, string>) => open(context, seen)(message)),
      {
        mailbox: { capacity: 4 },
      },
    );
    const answers = ['a', 'b'].map((message) => ref.ask(message));
    await settled();
    expect(ref.pending).toBe(2);
    ref.tell('open');
    ref.tell('c');
    expect(await Promise.all(answers)).toEqual(['A', 'B']);
    await settled();
    expect(seen).toEqual(['open', 'a', 'b', 'c']);
    const stuck = system.spawn(() => Actor.of((_: string, context: ActorContext<string, void>) => context.stash()));
    const never = reasonOf(stuck.ask('x'));
    await settled();
    system.stop(stuck);
    expect(await never).toMatchObject({ code: 'ACTOR_STOPPED' });
  });

  it('sends itself messages later, once or again and again, and never after it was told not to', async () => {
    const { system, time } = make();
    const seen: string[] = [];
    class Clockwork extends Actor<string> {
      override preStart() {
        this.context.setTimer('tick', 'tick', 10, { every: true });
        this.context.setTimer('once', 'once', 25);
        this.context.setTimer('replaced', 'wrong', 5);
        this.context.setTimer('replaced', 'right', 7);
      }
      receive(message: string) {
        seen.push(message);
        if (message === 'stop') this.context.cancelTimer('tick');
        if (message === 'fail') throw new Error('told to');
      }
    }
    const ref = system.spawn(() => new Clockwork());
    await time.pass(30, 30);
    expect(seen).toEqual(['right', 'tick', 'tick', 'once', 'tick']);
    seen.length = 0;
    // It fires while the message that ends it waits.
    ref.tell('stop');
    time.advance(10);
    await time.pass(100, 10);
    expect(seen).toEqual(['stop']);
    ref.tell('fail');
    await time.pass(7, 7);
    expect(seen).toEqual(['stop', 'fail', 'right']);
    await system.shutdown();
    expect(time.pending).toBe(0);
  });
});

describe('routers', () => {
  const group = (system: ActorSystem, count: number, seen: string[][]) =>
    Array.from({ length: count }, (_, i) => {
      seen[i] = [];
      return system.spawn(() => Actor.of((message: string) => `${i}:${(seen[i] as string[]).push(message)}`), {
        name: `r${i}`,
      });
    });

  it('round-robin gives each its turn, and leaves out who is no more', async () => {
    const { system } = make();
    const seen: string[][] = [];
    const refs = group(system, 3, seen);
    const ref = router(refs);
    for (let i = 0; i < 6; i++) ref.tell(String(i));
    await settled();
    expect(seen).toEqual([
      ['0', '3'],
      ['1', '4'],
      ['2', '5'],
    ]);
    system.stop(refs[1] as ActorRef<never>);
    await settled();
    const answers = await Promise.all([0, 1, 2, 3].map((i) => ref.ask(String(i))));
    expect(new Set(answers.map((answer) => answer[0]))).toEqual(new Set(['0', '2']));
    const ended: EndReason[] = [];
    ref.watch((reason) => ended.push(reason));
    await system.shutdown();
    expect([ended, ref.ended, ref.tell('x')]).toEqual([['stopped'], true, false]);
    expect(await reasonOf(ref.ask('x'))).toMatchObject({ code: 'ACTOR_STOPPED' });
  });

  it('random, smallest mailbox and consistent hash pick as they say', async () => {
    const { system } = make();
    const seen: string[][] = [];
    const refs = group(system, 4, seen);
    const random = router(refs, { routing: 'random', random: seededRandom(7) });
    for (let i = 0; i < 400; i++) random.tell('x');
    await settled();
    for (const each of seen) expect(each.length).toBeGreaterThan(60);
    for (const each of seen) each.length = 0;
    const smallest = router(refs, { routing: 'smallest-mailbox' });
    for (let i = 0; i < 5; i++) refs[0]?.tell('busy');
    for (let i = 0; i < 6; i++) smallest.tell('x');
    await settled();
    expect(seen.map((each) => each.filter((message) => message === 'x').length)).toEqual([0, 2, 2, 2]);
    for (const each of seen) each.length = 0;
    const hashed = router(refs, { routing: 'consistent-hash', key: (message) => message.split(' ')[0] as string });
    const keys = Array.from({ length: 200 }, (_, i) => `key${i}`);
    const of = async (key: string) => (await hashed.ask(`${key} x`))[0];
    const before = await Promise.all(keys.map(of));
    expect(await Promise.all(keys.map(of))).toEqual(before);
    for (const i of ['0', '1', '2', '3']) expect(before.filter((each) => each === i).length).toBeGreaterThan(20);
    system.stop(refs[2] as ActorRef<never>);
    await settled();
    const after = await Promise.all(keys.map(of));
    // Only keys of the one that is gone went elsewhere.
    for (const [i, each] of before.entries()) if (each !== '2') expect(after[i]).toBe(each);
    expect(after).not.toContain('2');
    expect(() => router(refs, { routing: 'consistent-hash' })).toThrow(TypeError);
    expect(() => router(refs, { routing: 'best' as Routing })).toThrow(RangeError);
    expect(() => router([])).toThrow(TypeError);
  });

  it('broadcast tells all, and asks all', async () => {
    const { system } = make();
    const seen: string[][] = [];
    const all = broadcast(group(system, 3, seen));
    expect(all.tell('x')).toBe(true);
    expect(await all.ask('y')).toEqual(['0:2', '1:2', '2:2']);
    expect([all.pending, all.ended]).toEqual([0, false]);
  });
});

describe('ActorLink', () => {
  const linked = (maxAsks = 10_000) => {
    const { port1, port2 } = new MessageChannel();
    const { system, time } = make();
    const counter = system.spawn(() => new Counter(), { name: 'counter' });
    const there = new ActorLink(port1 as never, { expose: { counter } });
    const here = new ActorLink(port2 as never, { name: 'there', maxAsks, timer: time });
    const close = () => {
      port1.close();
    };
    return { system, time, counter, here, there, close, ref: here.ref<number | 'fail' | 'get', number>('counter') };
  };

  it('tells, asks and watches across a port as if it were here', async () => {
    const { system, counter, ref, here, close } = linked();
    expect(ref.tell(2)).toBe(true);
    expect(await ref.ask(3)).toBe(5);
    expect([ref.path, ref.ended, here.ref('counter') === (ref as unknown)]).toEqual(['there/counter', false, true]);
    expect(await reasonOf(ref.ask('fail'))).toMatchObject({
      code: 'ACTOR_REMOTE',
      remoteName: 'Error',
      message: 'Actor there/counter: told to',
    });
    expect(await reasonOf(here.ref('nobody').ask(1))).toMatchObject({
      code: 'ACTOR_REMOTE',
      remoteCode: 'ACTOR_STOPPED',
    });
    const ended = new Promise<EndReason>((resolve) => ref.watch(resolve));
    system.stop(counter);
    expect(await ended).toBe('stopped');
    expect([ref.ended, ref.tell(1)]).toEqual([true, false]);
    expect(await reasonOf(ref.ask(1))).toMatchObject({ code: 'ACTOR_STOPPED' });
    expect(await new Promise((resolve) => here.ref('nobody').watch(resolve))).toBe('stopped');
    close();
  });

  it('ends an ask by its signal or timeout, bounds them, and rejects them all when the port closes', async () => {
    const { system, ref, here, there, time, close } = linked(3);
    const gate = deferred<void>();
    there.expose(
      'slow',
      system.spawn(() => Actor.of(() => gate.promise)),
    );
    const slow = here.ref<number>('slow');
    const counting = new CountingSignal();
    const aborted = slow.ask(1, { signal: counting.signal });
    const late = slow.ask(2, { timeoutMs: 10 });
    const lost = reasonOf(slow.ask(3));
    expect(await reasonOf(slow.ask(4))).toMatchObject({ code: 'QUEUE_FULL' });
    expect(slow.pending).toBe(3);
    counting.abort('enough');
    expect(await reasonOf(aborted)).toBe('enough');
    expect(counting.listeners).toBe(0);
    time.advance(10);
    expect(await reasonOf(late)).toMatchObject({ code: 'TIMEOUT' });
    expect(await reasonOf(slow.ask((() => {}) as never))).toMatchObject({ name: 'DataCloneError' });
    const ended = new Promise((resolve) => ref.watch(resolve));
    close();
    expect(await lost).toMatchObject({ code: 'ACTOR_LOST', path: 'there/slow' });
    expect(await ended).toBe('lost');
    expect(await reasonOf(ref.ask(1))).toMatchObject({ code: 'ACTOR_LOST' });
    expect([here.closed, ref.tell(1), ref.ended]).toEqual([true, false, true]);
    here.close();
    expect(() => new ActorLink({} as never)).toThrow(TypeError);
    expect(() => there.expose('x', {} as never)).toThrow(TypeError);
  });

  it('works with actors of another thread, and hears when that is killed', async () => {
    const file = workerFile(`
      import { parentPort } from 'node:worker_threads';
      import { Actor, ActorLink, ActorSystem } from './src/concurrency/actor/index.ts';
      const system = new ActorSystem();
      const link = new ActorLink(parentPort);
      const back = link.ref('here');
      link.expose('square', system.spawn(() => Actor.of(async (i) => (back.tell(i), i * i))));
      link.expose('never', system.spawn(() => Actor.of(() => new Promise(() => {}))));
    `);
    const { system } = make();
    const seen: number[] = [];
    const worker = new Worker(file);
    const here = system.spawn(() => Actor.of((i: number) => void seen.push(i)));
    const link = new ActorLink(worker as never, { expose: { here } });
    const square = link.ref<number, number>('square');
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => square.ask(i)));
    expect(answers[99]).toBe(9801);
    expect(seen).toHaveLength(100);
    const never = reasonOf(link.ref('never').ask(1));
    const ended = new Promise((resolve) => square.watch(resolve));
    await worker.terminate();
    expect(await never).toMatchObject({ code: 'ACTOR_LOST' });
    expect(await ended).toBe('lost');
  });
});
