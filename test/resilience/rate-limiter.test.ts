import { describe, expect, it } from 'vitest';
import { Arena, ArenaFullError, DisposedError, NameError } from '../../bindings/index.js';
import {
  coarseClock,
  FixedWindow,
  Gcra,
  LeakyBucket,
  type LimiterOptions,
  SlidingWindowCounter,
  SlidingWindowLog,
  TokenBucket,
} from '../../src/resilience/rate-limiter/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { CountingSignal } from '../support/signals.js';
import { ManualTime, settled } from '../support/time.js';

type Any = TokenBucket;
type Make = (options?: LimiterOptions) => Any;

/** Ten units, all of them back after a second, in each of the six. */
const SIX: [string, Make][] = [
  ['TokenBucket', (options) => new TokenBucket({ capacity: 10, refill: 10, ...options })],
  ['LeakyBucket', (options) => new LeakyBucket({ capacity: 10, leak: 10, ...options })],
  ['FixedWindow', (options) => new FixedWindow({ limit: 10, windowMs: 1000, ...options })],
  ['SlidingWindowLog', (options) => new SlidingWindowLog({ limit: 10, windowMs: 1000, ...options })],
  ['SlidingWindowCounter', (options) => new SlidingWindowCounter({ limit: 10, windowMs: 1000, ...options })],
  ['Gcra', (options) => new Gcra({ limit: 10, periodMs: 1000, ...options })],
];

describe.each(SIX)('%s', (name, make) => {
  it('lets the limit through at once, refuses the next, and says until when', () => {
    const clock = new ManualTime();
    using limiter = make({ clock });
    for (let left = 9; left >= 0; left--) {
      expect(limiter.consume('key')).toMatchObject({ allowed: true, remaining: left, retryAfterMs: 0, limit: 10 });
    }
    const refused = limiter.consume('key');
    expect(refused).toMatchObject({ allowed: false, remaining: 0, limit: 10 });
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    expect(refused.resetMs).toBeGreaterThanOrEqual(refused.retryAfterMs);
    clock.advance(refused.retryAfterMs - 1);
    expect(limiter.tryConsume('key')).toBe(false);
    clock.advance(1);
    expect(limiter.tryConsume('key')).toBe(true);
    clock.advance(limiter.peek('key').resetMs);
    expect(limiter.get('key')).toBeUndefined();
    expect(limiter.peek('key', 10).allowed).toBe(true);
    expect(limiter.stats()).toMatchObject({ allowed: 11, refused: 2 });
  });

  it('takes all of a cost or none of it, and never what is more than the limit', () => {
    using limiter = make({ clock: new ManualTime() });
    expect(limiter.consume('key', 6)).toMatchObject({ allowed: true, remaining: 4 });
    expect(limiter.consume('key', 5)).toMatchObject({ allowed: false, remaining: 4 });
    expect(limiter.consume('key', 11)).toMatchObject({
      allowed: false,
      remaining: 4,
      retryAfterMs: Number.POSITIVE_INFINITY,
    });
    expect(limiter.consume('key', 0)).toMatchObject({ allowed: true, remaining: 4 });
    expect(limiter.consume('key', 4)).toMatchObject({ allowed: true, remaining: 0 });
    expect(limiter.consume('new', 11).allowed).toBe(false);
    expect(limiter.size).toBe(1);
  });

  it('takes and gives back by penalty and reward, no more than there is', () => {
    using limiter = make({ clock: new ManualTime() });
    expect(limiter.penalty('key', 3)).toMatchObject({ allowed: true, remaining: 7 });
    expect(limiter.penalty('key', 30)).toMatchObject({ allowed: false, remaining: 0 });
    expect(limiter.reward('key', 2)).toMatchObject({ allowed: true, remaining: 2 });
    expect(limiter.reward('key', 30)).toMatchObject({ allowed: true, remaining: 10, resetMs: 0 });
    expect(limiter.reward('nobody', 1)).toMatchObject({ allowed: true, remaining: 10 });
    expect(limiter.get('key')).toBeUndefined();
  });

  it('blocks for as long as it is told, and then forgets; delete ends it', () => {
    const clock = new ManualTime();
    using limiter = make({ clock });
    limiter.consume('key', 10);
    expect(limiter.block('key', 5000)).toMatchObject({ allowed: false, retryAfterMs: 5000, resetMs: 5000 });
    clock.advance(4999);
    expect(limiter.isBlocked('key')).toBe(true);
    expect(limiter.consume('key')).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 1 });
    expect(limiter.reward('key', 10).allowed).toBe(false);
    clock.advance(1);
    expect(limiter.isBlocked('key')).toBe(false);
    expect(limiter.peek('key')).toMatchObject({ allowed: true, remaining: 10 });
    expect(limiter.consume('key')).toMatchObject({ allowed: true, remaining: 9 });
    limiter.block('key', Number.POSITIVE_INFINITY);
    clock.advance(1e12);
    expect(limiter.consume('key').retryAfterMs).toBe(Number.POSITIVE_INFINITY);
    expect([limiter.delete('key'), limiter.reset('key')]).toEqual([true, false]);
    expect(limiter.consume('key').remaining).toBe(9);
    limiter.check();
  });

  it('blocks who was refused, where it is told to', () => {
    const clock = new ManualTime();
    using limiter = make({ clock, blockMs: 60_000 });
    limiter.consume('key', 10);
    expect(limiter.consume('key', 11).retryAfterMs).toBe(Number.POSITIVE_INFINITY);
    expect(limiter.isBlocked('key')).toBe(false);
    expect(limiter.consume('key')).toMatchObject({ allowed: false, retryAfterMs: 60_000, resetMs: 60_000 });
    clock.advance(30_000);
    expect(limiter.consume('key').retryAfterMs).toBe(30_000);
    clock.advance(30_000);
    expect(limiter.consume('key').remaining).toBe(9);
  });

  it('tells strings, bytes and integers apart as it says', () => {
    using limiter = make({ clock: new ManualTime() });
    const keys = ['7', 7, -7, 0, '', 'größe', '\ud800', 2 ** 53 - 1, 'x'.repeat(500), 'y'.repeat(43)];
    for (const key of keys) expect(limiter.consume(key, 4).remaining).toBe(6);
    for (const key of keys) expect(limiter.consume(key, 4).remaining).toBe(2);
    for (const key of keys) expect(limiter.consume(key, 4).allowed).toBe(false);
    expect(limiter.peek(new TextEncoder().encode('größe')).remaining).toBe(2);
    expect(limiter.peek(-0).remaining).toBe(2);
    expect(limiter.size).toBe(keys.length);
  });

  it('answers the same for a key that comes again and again as for one among many', () => {
    const random = seededRandom(testSeed(`${name}, remembered keys`));
    using limiter = make({ clock: new ManualTime() });
    const left = new Map<string, number>();
    for (let step = 0; step < 3000; step++) {
      // Tags of these collide often: they end alike.
      const key = `${'abc'.repeat(random.below(3))}${random.below(200)}-0000`;
      const before = left.get(key) ?? 10;
      expect(limiter.tryConsume(key)).toBe(before > 0);
      left.set(key, Math.max(0, before - 1));
    }
  });

  it('consumes for many integers at once', () => {
    using limiter = make({ clock: new ManualTime(), maxBytes: 3 << 20 });
    const keys = Uint32Array.from({ length: 9000 }, (_, i) => i % 1000);
    const answers = limiter.consumeMany(keys, 2);
    expect(answers.reduce((sum, each) => sum + each, 0)).toBe(5000);
    expect([...answers.subarray(4999, 5001)]).toEqual([1, 0]);
    expect(limiter.consume(5).allowed).toBe(false);
    expect(() => limiter.consumeMany([1] as never)).toThrow(TypeError);
    expect(() => limiter.consumeMany(keys, 1, new Uint8Array(3))).toThrow(RangeError);
  });

  it('is neither shut nor open for ever after a clock that jumps', () => {
    const clock = new ManualTime();
    using limiter = make({ clock });
    const drain = () => {
      let taken = 0;
      while (limiter.tryConsume('key')) taken++;
      return taken;
    };
    expect(drain()).toBe(10);
    // Back by a year: nothing is there at once, and everything after as long as ever.
    clock.jump(-31_536_000_000);
    expect(drain()).toBe(0);
    clock.advance(2000);
    expect(drain()).toBe(10);
    // Far forward: as if the time had passed, one limit and no more.
    clock.jump(31_536_000_000_000);
    expect(drain()).toBe(10);
    clock.jump(-31_536_000_000_000);
    expect(drain()).toBe(0);
    clock.advance(2000);
    expect(drain()).toBe(10);
    // Times that are none change nothing.
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300]) {
      const now = clock.now;
      clock.now = () => wrong;
      expect(drain()).toBe(0);
      clock.now = now;
    }
    clock.advance(2000);
    expect(drain()).toBe(10);
    limiter.check();
  });

  it('refuses what cannot be, and is as it was', () => {
    using limiter = make({ clock: new ManualTime() });
    limiter.consume('key');
    for (const cost of [-1, 1.5, Number.NaN, 2 ** 32]) expect(() => limiter.consume('key', cost)).toThrow(RangeError);
    expect(() => limiter.consume('key', '1' as never)).toThrow(TypeError);
    for (const key of [undefined, null, {}, Symbol.iterator])
      expect(() => limiter.consume(key as never)).toThrow(TypeError);
    for (const key of [1.5, Number.NaN, 2 ** 53]) expect(() => limiter.consume(key)).toThrow(/safe integer/);
    for (const ms of [0, -1, Number.NaN]) expect(() => limiter.block('key', ms)).toThrow(RangeError);
    expect(() => limiter.acquire('key', 11)).toThrow(/at most the limit, 10/);
    expect(() => limiter.acquire('key', 1, { timeoutMs: -1 })).toThrow(RangeError);
    expect(() => make({ maxBytes: 100 })).toThrow(/maxBytes must be an integer from/);
    expect(() => make({ whenFull: 'grow' as never })).toThrow(/whenFull must be/);
    expect(() => make({ blockMs: -1 })).toThrow(RangeError);
    expect(() => make({ maxQueue: -1 })).toThrow(RangeError);
    expect(limiter.consume('key').remaining).toBe(8);
    expect(limiter.stats()).toMatchObject({ allowed: 2, refused: 0, size: 1 });
  });

  it('keeps to its bytes, gives them all back, and is found again by name after a snapshot', () => {
    const arena = new Arena({ maxBytes: 8 << 20 });
    const used = arena.bytesUsed;
    for (let i = 0; i < 2000; i++) {
      const limiter = make({ arena, maxBytes: 20_000 });
      if (i === 0) expect(arena.bytesUsed - used).toBeLessThanOrEqual(20_000);
      limiter.consume(i);
      limiter.dispose();
    }
    expect(arena.bytesUsed).toBe(used);
    const clock = new ManualTime();
    const named = make({ arena, name: 'it', clock, maxBytes: 100_000 });
    named.consume('key', 7);
    named.block('other', 10_000);
    expect(() => make({ arena, maxBytes: 100 << 20 })).toThrow(ArenaFullError);
    const restored = Arena.restore(arena.snapshot());
    const type = named.constructor as unknown as typeof TokenBucket;
    expect(type.open(arena, 'it')).toBe(named);
    clock.advance(100);
    const again = type.open(restored, 'it', { clock });
    expect(again.peek('key')).toEqual(named.peek('key'));
    expect(again.peek('other')).toMatchObject({ allowed: false, retryAfterMs: 9900 });
    expect([again.limit, again.windowMs]).toEqual([10, 1000]);
    again.check();
    const another = name === 'Gcra' ? TokenBucket : Gcra;
    expect(() => another.open(arena, 'it')).toThrow(NameError);
    named.dispose();
    expect(() => named.consume('key')).toThrow(DisposedError);
    expect(() => type.open(arena, 'it')).toThrow(NameError);
    arena.check();
  });
});

describe.each(SIX)('%s.acquire', (_name, make) => {
  it('waits until the units are there, who came first before who wants less', async () => {
    const time = new ManualTime();
    using limiter = make({ clock: time, timer: time });
    expect((await limiter.acquire('key', 10)).remaining).toBe(0);
    const order: string[] = [];
    const waits = [
      limiter.acquire('key', 5).then(() => order.push('five')),
      limiter.acquire('key', 1).then(() => order.push('one')),
      limiter.acquire('other', 10).then(() => order.push('other')),
    ];
    await settled();
    expect(order).toEqual(['other']);
    expect(limiter.stats().waiting).toBe(2);
    await time.pass(4000, 400);
    await Promise.all(waits);
    expect(order).toEqual(['other', 'five', 'one']);
    expect([time.pending, limiter.stats().waiting]).toEqual([0, 0]);
  });

  it('ends by its signal with the reason, by its timeout, by the end of the limiter, and leaves nothing behind', async () => {
    const time = new ManualTime();
    const limiter = make({ clock: time, timer: time, maxQueue: 3 });
    await limiter.acquire('key', 10);
    const counting = new CountingSignal();
    const { signal } = counting;
    const aborted = limiter.acquire('key', 10, { signal });
    const late = limiter.acquire('key', 10, { timeoutMs: 50 });
    const ended = limiter.acquire('key', 10);
    await expect(limiter.acquire('key')).rejects.toMatchObject({ code: 'QUEUE_FULL', limit: 3 });
    const reason = new Error('enough');
    counting.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    expect(counting.listeners).toBe(0);
    await expect(limiter.acquire('key', 1, { signal })).rejects.toBe(reason);
    time.advance(50);
    await expect(late).rejects.toMatchObject({ code: 'TIMEOUT', timeoutMs: 50 });
    limiter.dispose();
    await expect(ended).rejects.toMatchObject({ code: 'CLOSED' });
    expect(time.pending).toBe(0);
    expect(() => limiter.acquire('key')).toThrow(DisposedError);
  });

  it('lets the next one through when the first gave up, and when units were given back', async () => {
    const time = new ManualTime();
    using limiter = make({ clock: time, timer: time });
    await limiter.acquire('key', 9);
    const { signal, controller } = new CountingSignal();
    const large = limiter.acquire('key', 10, { signal });
    const small = limiter.acquire('key', 1);
    controller.abort('no');
    await expect(large).rejects.toBe('no');
    expect((await small).allowed).toBe(true);
    const next = limiter.acquire('key', 5);
    limiter.reward('key', 5);
    expect((await next).allowed).toBe(true);
    const after = limiter.acquire('key', 10);
    limiter.delete('key');
    expect((await after).allowed).toBe(true);
  });
});

describe('a table that is full', () => {
  const tiny = (options: LimiterOptions = {}) =>
    new FixedWindow({ limit: 5, windowMs: 60_000, maxBytes: 4096, ...options });

  it('forgets the key that would be idle soonest, and says how many', () => {
    const clock = new ManualTime();
    using limiter = tiny({ clock });
    const { capacity } = limiter.stats();
    expect(capacity).toBeGreaterThan(100);
    for (let i = 0; i < 3 * capacity; i++) {
      limiter.consume(i);
      clock.advance(1);
    }
    const { evicted, size } = limiter.stats();
    expect(size).toBeGreaterThan(0.9 * capacity);
    expect(evicted).toBe(3 * capacity - size);
    // Who came last is there; those who went came before.
    let known = 0;
    for (let i = 3 * capacity - 20; i < 3 * capacity; i++) if (limiter.get(i) !== undefined) known++;
    expect(known).toBe(20);
    limiter.check();
  });

  it('never forgets a key that is blocked, whoever comes', () => {
    using limiter = tiny({ clock: new ManualTime() });
    const blocked = Array.from({ length: 30 }, (_, i) => `blocked ${i}`);
    for (const key of blocked) limiter.block(key, Number.POSITIVE_INFINITY);
    for (let i = 0; i < 10_000; i++) limiter.consume(i);
    for (const key of blocked) expect(limiter.consume(key).allowed).toBe(false);
    expect(limiter.stats().evicted).toBeGreaterThan(9000);
    limiter.check();
  });

  it('refuses whom it has no place for once all are blocked: it does not let them through', () => {
    const clock = new ManualTime();
    using limiter = tiny({ clock });
    const { capacity } = limiter.stats();
    let full = 0;
    for (let i = 0; i < 3 * capacity; i++) {
      try {
        limiter.block(i, 10_000);
      } catch (error) {
        expect(error).toBeInstanceOf(ArenaFullError);
        full++;
      }
    }
    expect(full).toBeGreaterThanOrEqual(2 * capacity);
    const refused = limiter.consume('newcomer');
    expect(refused).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 10_000 });
    expect(limiter.stats().turnedAway).toBe(full + 1);
    clock.advance(10_000);
    expect(limiter.consume('newcomer').allowed).toBe(true);
  });

  it('forgets nobody where it is told to refuse, until somebody is idle', () => {
    const clock = new ManualTime();
    using limiter = tiny({ clock, whenFull: 'refuse' });
    const { capacity } = limiter.stats();
    const inside: number[] = [];
    for (let i = 0; i < 2 * capacity; i++) if (limiter.consume(i).allowed) inside.push(i);
    expect(inside.length).toBeGreaterThan(0.9 * capacity);
    expect(inside.length).toBeLessThanOrEqual(capacity);
    for (const key of inside) expect(limiter.get(key)?.remaining).toBe(4);
    expect(limiter.stats()).toMatchObject({ evicted: 0, turnedAway: 2 * capacity - inside.length });
    clock.advance(60_000);
    expect(limiter.consume('later').allowed).toBe(true);
  });

  it('holds ten million keys in 290 MB, and forgets the idle ones by and by', () => {
    const clock = new ManualTime();
    const arena = new Arena();
    using limiter = new TokenBucket({ arena, capacity: 3, refill: 1, clock, maxBytes: 290_000_000 });
    const keys = new Uint32Array(10_000_000).map((_, i) => i);
    limiter.consumeMany(keys, 2);
    expect(limiter.stats()).toMatchObject({ size: 10_000_000, evicted: 0 });
    expect(arena.bytesUsed).toBeLessThan(291_000_000);
    expect(limiter.consumeMany(keys, 2).indexOf(1)).toBe(-1);
    clock.advance(10_000);
    for (let i = 0; i < 10_000; i++) limiter.consume(-1 - i);
    expect(limiter.size).toBeLessThan(10_000_000);
    limiter.purge();
    expect(limiter.size).toBe(10_000);
    limiter.clear();
    expect(limiter.stats()).toMatchObject({ size: 0, allowed: 0 });
  });
});

describe('the six, each in its own way', () => {
  it('a fixed window lets two limits through around its end; a log and a counter do not', () => {
    const through = (make: Make) => {
      const clock = new ManualTime();
      using limiter = make({ clock });
      limiter.consume('key');
      clock.advance(990);
      let taken = 0;
      while (limiter.tryConsume('key')) taken++;
      clock.advance(20);
      while (limiter.tryConsume('key')) taken++;
      return taken;
    };
    expect(SIX.map(([name, make]) => [name, through(make)])).toEqual([
      ['TokenBucket', 10],
      ['LeakyBucket', 10],
      ['FixedWindow', 19],
      ['SlidingWindowLog', 10],
      ['SlidingWindowCounter', 9],
      ['Gcra', 10],
    ]);
  });

  it('GCRA spaces by the rate, whatever the burst', () => {
    const clock = new ManualTime();
    using limiter = new Gcra({ limit: 4, periodMs: 1000, burst: 1, clock });
    expect(limiter.consume('key')).toMatchObject({ allowed: true, remaining: 0, resetMs: 250, limit: 1 });
    expect(limiter.consume('key').retryAfterMs).toBe(250);
    clock.advance(250);
    expect(limiter.consume('key').allowed).toBe(true);
  });

  it('a leaky bucket as a queue lets out one after the other, and no more in than it holds', async () => {
    const time = new ManualTime();
    using limiter = new LeakyBucket({ capacity: 3, leak: 10, as: 'queue', clock: time, timer: time });
    const out: [string, number][] = [];
    const leave = (name: string, cost = 1) =>
      limiter.acquire('key', cost).then(() => out.push([name, time.monotonic()]));
    const waits = [leave('a'), leave('b'), leave('c', 2)];
    await expect(limiter.acquire('key')).rejects.toMatchObject({ code: 'QUEUE_FULL', limit: 3 });
    expect(limiter.consume('key')).toMatchObject({ allowed: false, retryAfterMs: 100 });
    await time.pass(1000, 100);
    await Promise.all(waits);
    expect(out).toEqual([
      ['a', 0],
      ['b', 100],
      ['c', 200],
    ]);
    expect(limiter.consume('key').allowed).toBe(true);
  });

  it('refuses limits that are none', () => {
    expect(() => new TokenBucket({ capacity: 0, refill: 1 })).toThrow(/capacity must be an integer from 1/);
    expect(() => new TokenBucket({ capacity: 1, refill: 0 })).toThrow(/refill must be above 0/);
    expect(() => new TokenBucket({ capacity: 1, refill: 1, intervalMs: Number.NaN })).toThrow(RangeError);
    expect(() => new TokenBucket(undefined as never)).toThrow(TypeError);
    expect(() => new LeakyBucket({ capacity: 1, leak: 1, as: 'pipe' as never })).toThrow(/as must be/);
    expect(() => new FixedWindow({ limit: 1.5, windowMs: 1 })).toThrow(RangeError);
    expect(() => new SlidingWindowLog({ limit: 1, windowMs: Number.POSITIVE_INFINITY })).toThrow(RangeError);
    expect(() => new SlidingWindowLog({ limit: 2_000_000, windowMs: 1 })).toThrow(RangeError);
    expect(() => new Gcra({ limit: '1' as never, periodMs: 1 })).toThrow(TypeError);
  });
});

describe('coarseClock', () => {
  it('asks the clock once a millisecond, or when it was read too often, and leaves no timer behind', () => {
    const time = new ManualTime();
    let asked = 0;
    const counting = {
      now: () => {
        asked++;
        return time.now();
      },
      monotonic: () => time.monotonic(),
    };
    const clock = coarseClock({ clock: counting, timer: time, maxReads: 10 });
    for (let i = 0; i < 20; i++) clock.now();
    expect([asked, time.pending]).toEqual([2, 1]);
    time.advance(1);
    expect(time.pending).toBe(0);
    expect(clock.now()).toBe(time.now());
    expect([asked, clock.monotonic()]).toEqual([3, 1]);
    expect(() => coarseClock({ maxReads: 0 })).toThrow(RangeError);
  });
});
