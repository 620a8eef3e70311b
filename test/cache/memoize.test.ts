import { transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { memoize, memoOf } from '../../src/cache/memoize/index.js';
import { ManualTime, settled } from '../support/time.js';

/** What the function was called with. */
const argumentOf = <T>(calls: readonly { args: unknown[] }[], call: number, at: number) => calls[call]?.args[at] as T;

/** A function whose promises the test settles. */
function deferred() {
  const calls: { args: unknown[]; resolve(value: unknown): void; reject(error: unknown): void }[] = [];
  const fn = (...args: unknown[]) =>
    new Promise<unknown>((resolve, reject) => void calls.push({ args, resolve, reject }));
  return { calls, fn };
}

describe('memoize', () => {
  it('calls a function once for the same arguments', () => {
    let calls = 0;
    const add = memoize((a: number, b: number) => {
      calls++;
      return a + b;
    });
    expect([add(1, 2), add(1, 2), add(2, 1), calls]).toEqual([3, 3, 3, 2]);
    expect(add.stats()).toMatchObject({ size: 2, hits: 1, calls: 2 });
    expect([add.has(1, 2), add.delete(1, 2), add.has(1, 2), add.delete(1, 2)]).toEqual([true, true, false, false]);
    add.clear();
    expect([add(1, 2), calls, add.length]).toEqual([3, 3, 2]);
  });

  it('remembers undefined, and recurses', () => {
    let calls = 0;
    const nothing = memoize(() => void calls++);
    nothing();
    nothing();
    expect(calls).toBe(1);
    const fibonacci: (n: number) => number = memoize((n: number) => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2)));
    expect(fibonacci(70)).toBe(190392490709135);
  });

  it('tells arguments apart by type and value, and objects by identity', () => {
    const object = {};
    const same = memoize((...args: unknown[]) => args.slice());
    const different = [
      [],
      [1],
      ['1'],
      [1n],
      [null],
      [undefined],
      [object],
      [{}],
      [1, 2],
      ['1', 2],
      ['1', '2'],
      [12, ''],
      ['', 12],
      ['a', 'b"c'],
      ['a"b', 'c'],
      ['1:"', ''],
      [1, null],
      [1, undefined],
      [1, object],
      [object, 1],
      [1n, 2],
      [Number.NaN, 1],
      [true, 1],
      ['true', 1],
      ['a', 'b', 'c'],
    ];
    for (const args of different) same(...args);
    expect(same.stats()).toMatchObject({ size: different.length, hits: 0 });
    for (const args of different) same(...args);
    expect(same.stats().hits).toBe(different.length);
    expect(() => same(1, Symbol('s'))).toThrow('needs the option key');
  });

  it("takes a key of one's own", () => {
    const name = memoize((user: { id: number; name: string }) => user.name, { key: (user) => user.id });
    expect([name({ id: 1, name: 'Ada' }), name({ id: 1, name: 'Grace' })]).toEqual(['Ada', 'Ada']);
  });

  it('forgets by number, by size and by time', () => {
    const time = new ManualTime();
    const ports = { clock: time, timer: time };
    const few = memoize((n: number) => n, { max: 2 });
    for (const n of [1, 2, 1, 3]) few(n);
    expect([few.has(1), few.has(2), few.stats().evictions]).toEqual([true, false, 1]);
    const small = memoize((n: number) => 'x'.repeat(n), { maxSize: 10, sizeCalculation: (text) => text.length });
    for (const n of [4, 5, 3, 11]) small(n);
    expect([4, 5, 3, 11].map((n) => small.has(n))).toEqual([false, true, true, false]);
    const brief = memoize((n: number) => n, { ttl: (n) => n, ...ports });
    brief(10);
    brief(20);
    time.advance(11);
    expect([brief.has(10), brief.has(20)]).toEqual([false, true]);
    brief(10);
    expect(brief.stats()).toMatchObject({ calls: 3, hits: 0, expirations: 1 });
  });

  it('remembers errors only when asked, and as long as asked', () => {
    const time = new ManualTime();
    let calls = 0;
    const fail = () => {
      throw new Error(`failure ${++calls}`);
    };
    const plain = memoize(fail);
    expect(plain).toThrow('failure 1');
    expect(plain).toThrow('failure 2');
    const kept = memoize(fail, {
      cacheErrors: (error) => error instanceof Error,
      errorTtl: 5,
      clock: time,
      timer: time,
    });
    expect(kept).toThrow('failure 3');
    expect(kept).toThrow('failure 3');
    time.advance(6);
    expect(kept).toThrow('failure 4');
    expect(kept.stats()).toMatchObject({ errors: 2, hits: 1 });
  });

  it.each([
    [{ max: -1 }, 'max must be'],
    [{ ttl: 0 }, 'ttl must be a positive number'],
    [{ key: 1 }, 'key must be a function'],
    [{ cacheErrors: 'yes' }, 'cacheErrors must be'],
  ])('refuses %o when it is made', (options, message) => {
    expect(() => memoize(() => 1, options as never)).toThrow(message);
    expect(() => memoize(options as never)).toThrow(message);
  });
});

describe('memoize, asynchronous', () => {
  it('shares one call among a thousand callers, and remembers what it gave from then on', async () => {
    const time = new ManualTime();
    const { calls, fn } = deferred();
    const load = memoize(fn, { ttl: 100, clock: time, timer: time });
    const all = Array.from({ length: 1000 }, () => load('a'));
    expect(load.stats()).toMatchObject({ calls: 1, joined: 999, inFlight: 1, size: 0 });
    time.advance(1000);
    calls[0]?.resolve(7);
    expect(new Set(await Promise.all(all))).toEqual(new Set([7]));
    time.advance(100);
    expect([await load('a'), calls.length]).toEqual([7, 1]);
    time.advance(1);
    void load('a');
    expect(calls.length).toBe(2);
  });

  it('does not remember rejections, unless asked', async () => {
    const { calls, fn } = deferred();
    const load = memoize(fn);
    const both = [load(), load()];
    calls[0]?.reject(new Error('no'));
    for (const each of both) await expect(each).rejects.toThrow('no');
    void load();
    expect([calls.length, load.stats().errors]).toEqual([2, 1]);
    const other = deferred();
    const kept = memoize(other.fn, { cacheErrors: true });
    const first = kept();
    other.calls[0]?.reject(new Error('for good'));
    await expect(first).rejects.toThrow('for good');
    await expect(kept()).rejects.toThrow('for good');
    expect(other.calls.length).toBe(1);
  });

  it('does not remember what was under way when it was cleared or deleted', async () => {
    const { calls, fn } = deferred();
    const load = memoize(fn);
    const first = load('a');
    const second = load('b');
    expect(load.delete('a')).toBe(true);
    load.clear();
    const again = load('a');
    calls[0]?.resolve('old');
    calls[1]?.resolve('old');
    expect([await first, await second, load.has('a'), load.has('b')]).toEqual(['old', 'old', false, false]);
    calls[2]?.resolve('new');
    expect([await again, await load('a')]).toEqual(['new', 'new']);
  });

  it('ends the wait of one caller and leaves the work to the others', async () => {
    const { calls, fn } = deferred();
    const load = memoize(fn);
    const controllers = [new AbortController(), new AbortController()];
    const waits = controllers.map(({ signal }) => load('a', signal));
    expect(calls.length).toBe(1);
    const given = argumentOf<AbortSignal>(calls, 0, 1);
    controllers[0]?.abort('enough');
    await expect(waits[0]).rejects.toBe('enough');
    expect(given.aborted).toBe(false);
    calls[0]?.resolve(1);
    expect([await waits[1], await load('a')]).toEqual([1, 1]);
  });

  it('aborts the work when all have gone, and begins anew for who comes then', async () => {
    const { calls, fn } = deferred();
    const load = memoize(fn);
    const controllers = [new AbortController(), new AbortController()];
    const waits = controllers.map(({ signal }) => load('a', { depth: 2, signal }));
    expect(calls.length).toBe(1);
    const { signal, depth } = argumentOf<{ signal: AbortSignal; depth: number }>(calls, 0, 1);
    for (const controller of controllers) controller.abort('enough');
    for (const wait of waits) await expect(wait).rejects.toBe('enough');
    expect([signal.aborted, signal.reason, depth]).toEqual([true, 'enough', 2]);
    const again = load('a', { depth: 2, signal: new AbortController().signal });
    calls[0]?.reject(signal.reason);
    calls[1]?.resolve('anew');
    expect([await again, calls.length]).toEqual(['anew', 2]);
  });

  it('goes on for one who came without a signal', async () => {
    const { calls, fn } = deferred();
    const load = memoize(fn);
    const controller = new AbortController();
    const leaves = load('a', controller.signal);
    const stays = load('a');
    controller.abort('enough');
    await expect(leaves).rejects.toBe('enough');
    expect(argumentOf<AbortSignal>(calls, 0, 1).aborted).toBe(false);
    calls[0]?.resolve(3);
    expect(await stays).toBe(3);
  });

  it('rejects at once for a signal that was aborted before, and leaves no listener on any', async () => {
    const { calls, fn } = deferred();
    const load = memoize(fn);
    await expect(load('a', AbortSignal.abort('before'))).rejects.toBe('before');
    expect(calls.length).toBe(0);
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal) as (...args: unknown[]) => void;
    const remove = signal.removeEventListener.bind(signal) as (...args: unknown[]) => void;
    Object.assign(signal, {
      addEventListener: (...args: unknown[]) => {
        listeners++;
        add(...args);
      },
      removeEventListener: (...args: unknown[]) => {
        listeners--;
        remove(...args);
      },
    });
    const waits = Array.from({ length: 10 }, (_, i) => load(i % 5, signal));
    expect(listeners).toBe(10);
    for (const [i, { resolve, reject }] of calls.entries()) i % 2 === 0 ? resolve(i) : reject(new Error('no'));
    await Promise.allSettled(waits);
    await settled();
    expect(listeners).toBe(0);
  });
});

describe('memoize, of methods', () => {
  class Service {
    calls = 0;
    readonly factor: number;

    constructor(factor: number) {
      this.factor = factor;
    }

    times(n: number): number {
      this.calls++;
      return n * this.factor;
    }

    get squared(): number {
      this.calls++;
      return this.factor ** 2;
    }
  }

  /** What the compiler makes of `@memoize` on a method. */
  function decorate(decorator: (method: never, context: never) => unknown, name: 'times' | 'squared') {
    class Decorated extends Service {}
    const inherited = Object.getOwnPropertyDescriptor(Service.prototype, name) as PropertyDescriptor;
    const kind = name === 'times' ? 'method' : 'getter';
    const context = { kind, name, static: false, private: false, metadata: {}, addInitializer: () => undefined };
    const made = decorator((inherited.value ?? inherited.get) as never, context as never);
    Object.defineProperty(Decorated.prototype, name, {
      ...inherited,
      ...(kind === 'method' ? { value: made } : { get: made as () => number }),
    });
    return Decorated;
  }

  it.each([
    ['@memoize', memoize as (method: never, context: never) => unknown],
    ['@memoize({ max: 5 })', memoize({ max: 5 }) as (method: never, context: never) => unknown],
  ])('%s remembers for each object by itself', (_, decorator) => {
    const Decorated = decorate(decorator, 'times');
    const [two, three] = [new Decorated(2), new Decorated(3)];
    expect([two.times(5), two.times(5), three.times(5), two.calls, three.calls]).toEqual([10, 10, 15, 1, 1]);
    expect(memoOf(two.times, new Decorated(1))).toBe(undefined);
    memoOf(two.times, two)?.clear();
    expect([two.times(5), three.times(5), two.calls, three.calls, two.times.name]).toEqual([10, 15, 2, 1, 'times']);
    expect(() => memoOf(two.times)).toThrow('second argument');
  });

  it('computes a getter once for each object', () => {
    const Decorated = decorate(memoize as never, 'squared');
    const object = new Decorated(4);
    expect([object.squared, object.squared, object.calls]).toEqual([16, 16, 1]);
  });

  it('decorates as compilers apply decorators', async () => {
    const source = `
      class Service {
        static calls = 0;
        base = 10;
        @memoize add(n) { Service.calls++; return this.base + n; }
        @memoize({ ttl: 5 }) static shout(text) { Service.calls++; return text.toUpperCase(); }
        @memoize get twice() { Service.calls++; return 2 * this.base; }
      }
      const [one, other] = [new Service(), new Service()];
      other.base = 20;
      return [one.add(1), one.add(1), other.add(1), Service.shout('a'), Service.shout('a'), one.twice, one.twice, Service.calls];
    `;
    const { code } = await transform(`function run(memoize) {${source}}`, { target: 'es2022', loader: 'ts' });
    const run = new Function('memoize', `${code}; return run(memoize);`) as (decorator: typeof memoize) => unknown;
    expect(run(memoize)).toEqual([11, 11, 21, 'A', 'A', 20, 20, 4]);
  });

  it('refuses to decorate what is called by nobody', () => {
    expect(() => memoize((() => 1) as never, { kind: 'field' } as never)).toThrow('methods and getters');
    expect(() => memoOf(() => 1)).toThrow('memoize() gave');
    const plain = memoize(() => 1);
    plain();
    expect(memoOf(plain)?.stats().size).toBe(1);
  });
});
