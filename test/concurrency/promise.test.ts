import { afterEach, describe, expect, it } from 'vitest';
import {
  AshlarPromise,
  deferred,
  reportToPlatform,
  setRejectionHook,
  trackRejections,
} from '../../src/concurrency/promise/index.js';
import { reasonOf } from '../support/signals.js';
import { ManualTime, settled } from '../support/time.js';

afterEach(() => setRejectionHook(undefined));

describe('AshlarPromise', () => {
  it('is awaited like any other, and takes what executors throw', async () => {
    expect(await new AshlarPromise<number>((resolve) => resolve(7))).toBe(7);
    expect(await AshlarPromise.resolve(AshlarPromise.resolve(8))).toBe(8);
    const thrower = new AshlarPromise(() => {
      throw 'thrown';
    });
    expect(await reasonOf(thrower)).toBe('thrown');
    const late = new AshlarPromise<number>((resolve) => {
      resolve(1);
      throw 'too late';
    });
    expect(await late).toBe(1);
    expect(() => new AshlarPromise(5 as never)).toThrow(TypeError);
    // biome-ignore lint/suspicious/noExplicitAny: calling a class is what is tried.
    expect(() => (AshlarPromise as any)(() => undefined)).toThrow(TypeError);
    expect(Object.prototype.toString.call(late)).toBe('[object AshlarPromise]');
  });

  it('gives itself back where its class asks for it, and nothing else', () => {
    const promise = AshlarPromise.resolve(1);
    expect(AshlarPromise.resolve(promise)).toBe(promise);
    expect(AshlarPromise.resolve(Promise.resolve(1))).toBeInstanceOf(AshlarPromise);
    const { promise: own, resolve } = AshlarPromise.withResolvers<unknown>();
    resolve(own);
    return own.then(
      () => expect.unreachable(),
      (reason) => expect(reason).toBeInstanceOf(TypeError),
    );
  });

  it('combines: all, allSettled, any, race, as the language has it', async () => {
    const fails = () => AshlarPromise.reject('no');
    expect(await AshlarPromise.all([1, AshlarPromise.resolve('two'), Promise.resolve(3)])).toEqual([1, 'two', 3]);
    expect(await AshlarPromise.all([])).toEqual([]);
    expect(await reasonOf(AshlarPromise.all([1, fails()]))).toBe('no');
    expect(await AshlarPromise.allSettled([1, fails()])).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: 'no' },
    ]);
    expect(await AshlarPromise.any([fails(), 2, 3])).toBe(2);
    expect(await reasonOf(AshlarPromise.any([fails(), fails()]))).toMatchObject({ errors: ['no', 'no'] });
    expect(await reasonOf(AshlarPromise.any([]))).toBeInstanceOf(AggregateError);
    expect(await AshlarPromise.race([new AshlarPromise(() => undefined), 4, 5])).toBe(4);
    for (const name of ['all', 'allSettled', 'any', 'race'] as const) {
      const combine = AshlarPromise[name].bind(AshlarPromise) as (values: unknown) => PromiseLike<unknown>;
      expect(await reasonOf(combine(5))).toBeInstanceOf(TypeError);
    }
    let closed = false;
    const values = (function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        closed = true;
      }
    })();
    class Broken extends AshlarPromise<unknown> {
      static override resolve(): never {
        throw 'resolve';
      }
    }
    expect([await reasonOf(Broken.all(values)), closed]).toEqual(['resolve', true]);
  });

  it('finally waits, passes on, and can change a value into a failure only', async () => {
    const log: string[] = [];
    const value = await AshlarPromise.resolve(1).finally(async () => {
      await settled();
      log.push('ended');
      return 'ignored';
    });
    expect([value, log]).toEqual([1, ['ended']]);
    expect(await reasonOf(AshlarPromise.reject('first').finally(() => 2))).toBe('first');
    expect(await reasonOf(AshlarPromise.resolve(1).finally(() => AshlarPromise.reject('later')))).toBe('later');
    expect(await AshlarPromise.resolve(3).finally(undefined)).toBe(3);
  });

  it('tries, defers, and is settled once', async () => {
    expect(await AshlarPromise.try((a: number, b: number) => a + b, 1, 2)).toBe(3);
    const fails = () => {
      throw 'at once';
    };
    expect(await reasonOf(AshlarPromise.try(fails))).toBe('at once');
    for (const made of [deferred<string>(), AshlarPromise.deferred<string>(), AshlarPromise.withResolvers<string>()]) {
      const { promise, resolve, reject } = made;
      resolve('once');
      resolve('twice');
      reject('never');
      expect([await promise, promise instanceof AshlarPromise]).toEqual(['once', true]);
    }
  });

  it('is subclassed, and its species decides what then gives', async () => {
    class Sub<T> extends AshlarPromise<T> {
      readonly mark = 'sub';
    }
    const sub = Sub.resolve(1);
    for (const promise of [sub, sub.then(), sub.catch(), sub.finally(() => 1), Sub.all([1]), Sub.try(() => 1)]) {
      expect(promise).toBeInstanceOf(Sub);
    }
    expect(await sub.then((x) => x + 1)).toBe(2);
    expect(AshlarPromise.resolve(sub)).not.toBe(sub);
    class Plain<T> extends AshlarPromise<T> {
      static override get [Symbol.species]() {
        return AshlarPromise;
      }
    }
    const then = Plain.resolve(2).then((x) => x * 2);
    expect([then instanceof Plain, await then]).toEqual([false, 4]);
    class Native<T> extends AshlarPromise<T> {
      static override get [Symbol.species]() {
        return Promise as never;
      }
    }
    expect(Native.resolve(1).then()).toBeInstanceOf(Promise);
    expect(AshlarPromise.all.call(Promise, [1]) as unknown).toBeInstanceOf(Promise);
    expect(() => AshlarPromise.resolve.call(undefined as never, 1)).not.toThrow();
    expect(() => AshlarPromise.reject.call({} as never, 1)).toThrow(TypeError);
    expect(() => AshlarPromise.reject.call((() => undefined) as never, 1)).toThrow(TypeError);
  });

  it('goes a long way without depth: a chain of 100 000', async () => {
    let promise = AshlarPromise.resolve(0);
    for (let i = 0; i < 100_000; i++) promise = promise.then((x) => x + 1);
    expect(await promise).toBe(100_000);
  });
});

describe('rejections that nobody handles', () => {
  it('are told of when the timer fires, and again when somebody handles them after all', () => {
    const time = new ManualTime();
    const log: unknown[] = [];
    const stop = trackRejections(
      {
        onUnhandled: (reason) => log.push(['unhandled', reason]),
        onHandled: (promise) => log.push(['handled', promise]),
      },
      time,
    );
    const lost = AshlarPromise.reject('lost');
    AshlarPromise.reject('kept').catch(() => undefined);
    expect([log, time.pending]).toEqual([[], 1]);
    time.advance(0);
    expect(log).toEqual([['unhandled', 'lost']]);
    lost.catch(() => undefined);
    expect(log[1]).toEqual(['handled', lost]);
    stop();
    AshlarPromise.reject('silent');
    expect(time.pending).toBe(0);
  });

  it('are handed to the platform, which takes them as its own', async () => {
    const seen: unknown[] = [];
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (reason) => seen.push(reason));
    const stop = reportToPlatform();
    try {
      const { promise, reject } = deferred();
      reject('handled in time');
      promise.catch(() => undefined);
      AshlarPromise.reject('reported');
      await settled();
      await settled();
    } finally {
      stop();
      process.removeAllListeners('unhandledRejection');
      for (const listener of listeners) process.on('unhandledRejection', listener);
    }
    expect(seen).toEqual(['reported']);
  });

  it('are told to a hook at once, and the last hook installed stays', () => {
    const log: string[] = [];
    const stop = reportToPlatform();
    const before = setRejectionHook({
      rejected: (_, reason) => log.push(`rejected ${reason}`),
      handled: () => log.push('handled'),
    });
    stop();
    const promise = AshlarPromise.reject(1);
    promise.then();
    promise.then();
    expect([log, before !== undefined]).toEqual([
      ['rejected 1', 'handled', 'rejected 1', 'rejected 1'].slice(0, 2),
      true,
    ]);
  });
});
