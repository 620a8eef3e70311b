import { afterEach, describe, expect, it } from 'vitest';
import { Arena, ArenaFullError, DisposedError } from '../../bindings/index.js';
import { TimingWheel, WheelTimer } from '../../src/structures/timing-wheel/index.js';
import { claims } from '../sketches/claims.js';
import { type SeededRandom, seededRandom, testSeed } from '../support/random.js';
import { ManualTime } from '../support/time.js';

let arena = new Arena({ seed: 1 });
afterEach(() => {
  arena.check();
  arena = new Arena({ seed: 1 });
});

claims({
  name: 'TimingWheel',
  kind: 54,
  make: (options) => new TimingWheel({ ...options, now: 1000 }),
  fromBytes: (bytes, options) => TimingWheel.fromBytes(bytes, options),
  open: (from, name) => TimingWheel.open(from, name),
  fill: (wheel, round) => {
    for (let i = 0; i < 60; i++) wheel.schedule(100 * round + i, 1000 + (i * 7919) ** 2);
    wheel.cancel(wheel.schedule(1, 1));
    wheel.advance(1000);
  },
  exercise: (wheel) => {
    for (const [id, deadline] of wheel) wheel.schedule(id, deadline);
    const handles = wheel.scheduleMany(Uint32Array.of(1, 2, 3), Float64Array.of(wheel.now, 2 ** 53 - 1, 5));
    wheel.reschedule(handles[0] as number, 2 ** 52);
    wheel.cancelMany(handles.subarray(1));
    wheel.next();
    wheel.advance(2 ** 40);
    wheel.advanceInto(2 ** 53 - 1, new Uint32Array(7));
  },
  tooLarge: (full) => new TimingWheel({ arena: full, capacity: 1e6 }),
});

describe('TimingWheel', () => {
  it('gives timers in order of their deadlines, and of scheduling where those are equal', () => {
    const wheel = new TimingWheel({ arena });
    for (const [id, deadline] of [
      [1, 500],
      [2, 70],
      [3, 500],
      [4, 1e12],
      [5, 69.5],
      [6, 0],
    ] as const) {
      wheel.schedule(id, deadline);
    }
    expect(wheel.size).toBe(6);
    expect([...wheel.advance(0)]).toEqual([6]);
    expect([...wheel.advance(69.9)]).toEqual([]);
    expect([...wheel.advance(70)]).toEqual([2, 5]);
    expect([...wheel.advance(1e6)]).toEqual([1, 3]);
    expect([wheel.next(), wheel.now, wheel.size]).toEqual([1e12, 1e6, 1]);
    expect([...wheel.advance(2 ** 53 - 1)]).toEqual([4]);
    expect([wheel.next(), wheel.wakeAt(), wheel.size]).toEqual([undefined, undefined, 0]);
    expect(wheel.stats()).toMatchObject({ size: 0, now: 2 ** 53 - 1, expired: 6, cancelled: 0 });
  });

  it('is never early: deadlines are rounded up, the present is rounded down', () => {
    const wheel = new TimingWheel({ arena, now: 10.9 });
    wheel.schedule(1, 12.1);
    expect([wheel.now, wheel.next()]).toEqual([10, 13]);
    expect(wheel.advance(12.999).length).toBe(0);
    expect([...wheel.advance(13)]).toEqual([1]);
  });

  it('a deadline that has passed is due at the next advance, even one that does not move', () => {
    const wheel = new TimingWheel({ arena, now: 1000 });
    wheel.schedule(1, 5);
    wheel.schedule(2, 1000);
    expect([...wheel.advance(1000)]).toEqual([1, 2]);
  });

  it('a present that jumps back stays where it was, and nothing is due because of it', () => {
    const wheel = new TimingWheel({ arena, now: 1000 });
    wheel.schedule(1, 1100);
    expect(wheel.advance(1).length).toBe(0);
    expect(wheel.now).toBe(1000);
    expect([...wheel.advance(1100)]).toEqual([1]);
  });

  it('a handle names one timer, and no later one in the same place', () => {
    const wheel = new TimingWheel({ arena });
    const first = wheel.schedule(7, 100);
    expect([wheel.has(first), wheel.deadlineOf(first), wheel.idOf(first)]).toEqual([true, 100, 7]);
    expect(wheel.cancel(first)).toBe(true);
    const second = wheel.schedule(8, 200);
    expect(second).not.toBe(first);
    expect([wheel.cancel(first), wheel.reschedule(first, 1), wheel.has(first), wheel.idOf(first)]).toEqual([
      false,
      false,
      false,
      undefined,
    ]);
    wheel.advance(200);
    expect(wheel.cancel(second)).toBe(false);
    expect(wheel.cancel(12345 * 2 ** 28 + 77)).toBe(false);
    expect(wheel.cancel(Number.MAX_SAFE_INTEGER)).toBe(false);
    const third = wheel.schedule(9, 300);
    wheel.clear();
    expect(wheel.has(third)).toBe(false);
    wheel.check();
  });

  it('rescheduling keeps the handle and goes behind the others of that moment', () => {
    const wheel = new TimingWheel({ arena });
    const first = wheel.schedule(1, 100);
    wheel.schedule(2, 100);
    expect(wheel.reschedule(first, 100)).toBe(true);
    expect([...wheel.advance(100)]).toEqual([2, 1]);
  });

  it('advanceInto stops where its array is full and goes on from there', () => {
    const wheel = new TimingWheel({ arena });
    const ids = Uint32Array.from({ length: 10_000 }, (_, i) => i);
    wheel.scheduleMany(
      ids,
      Float64Array.from(ids, (id) => 1000 + (id >>> 5)),
    );
    const out = new Uint32Array(4500);
    let next = 0;
    for (const wanted of [4500, 4500, 1000, 0]) {
      const count = wheel.advanceInto(5000, out);
      expect(count).toBe(wanted);
      for (let i = 0; i < count; i++) if (out[i] !== next++) throw new Error(`${out[i]} where ${next - 1} belongs`);
      wheel.check();
    }
    expect(wheel.now).toBe(5000);
    expect(wheel.advanceInto(9999, new Uint32Array(0))).toBe(0);
  });

  it('what is scheduled between two parts of one advance has its turn', () => {
    const wheel = new TimingWheel({ arena });
    for (let id = 0; id < 3; id++) wheel.schedule(id, 10);
    const out = new Uint32Array(2);
    expect(wheel.advanceInto(100, out)).toBe(2);
    expect(wheel.now).toBe(10);
    wheel.schedule(50, 5);
    wheel.schedule(51, 11);
    expect([...wheel.advance(100)]).toEqual([2, 50, 51]);
  });

  it('sleeping until wakeAt meets every deadline exactly, in few steps', () => {
    const wheel = new TimingWheel({ arena, now: 123 });
    for (const deadline of [124, 200, 4096, 123_456, 9_876_543_210, 2 ** 52 + 12345]) wheel.schedule(1, deadline);
    const met: number[] = [];
    for (let steps = 0; ; ) {
      const at = wheel.wakeAt();
      if (at === undefined) break;
      expect(at).toBeLessThanOrEqual(wheel.next() as number);
      expect(++steps).toBeLessThan(60);
      if (wheel.advance(at).length > 0) met.push(at);
    }
    expect(met).toEqual([124, 200, 4096, 123_456, 9_876_543_210, 2 ** 52 + 12345]);
  });

  it('reuses the memory of timers that are gone', () => {
    const wheel = new TimingWheel({ arena, capacity: 1000 });
    const { bytes } = wheel.stats();
    const random = seededRandom(testSeed('timing wheel, memory'));
    for (let round = 0; round < 300; round++) {
      const ids = new Uint32Array(1000);
      const handles = wheel.scheduleMany(
        ids,
        Float64Array.from(ids, () => wheel.now + random.below(1e6)),
      );
      if (round % 2) wheel.cancelMany(handles);
      else wheel.advance(wheel.now + 1e6);
    }
    expect(wheel.stats().bytes).toBe(bytes);
    expect(wheel.stats()).toMatchObject({ expired: 150_000, cancelled: 150_000, size: 0 });
  });

  it('a full arena leaves the wheel as it was', () => {
    const small = new Arena({ maxBytes: 1 << 18 });
    small.scratch(66_000);
    const wheel = new TimingWheel({ arena: small });
    let count = 0;
    expect(() => {
      for (;;) wheel.schedule(count++, 1e6 + count);
    }).toThrow(ArenaFullError);
    const before = Buffer.from(wheel.toBytes());
    expect(() => wheel.scheduleMany(new Uint32Array(50_000), new Float64Array(50_000))).toThrow(ArenaFullError);
    expect(before.equals(wheel.toBytes())).toBe(true);
    wheel.check();
    expect(wheel.advance(2e6).length).toBe(count - 1);
    wheel.schedule(1, 3e6);
  });

  it('says what is wrong with what it is given, and stays as it was', () => {
    const wheel = new TimingWheel({ arena });
    const handle = wheel.schedule(1, 10);
    const before = Buffer.from(wheel.toBytes());
    const misuses: [() => unknown, typeof TypeError | typeof RangeError, RegExp][] = [
      [() => wheel.schedule(-1, 5), RangeError, /id must be from 0 to 4294967295, got -1/],
      [() => wheel.schedule(1.5, 5), RangeError, /id/],
      [() => wheel.schedule('1' as never, 5), TypeError, /id must be a number, got 1/],
      [() => wheel.schedule(1, Number.NaN), RangeError, /deadline must be from 0 to 9007199254740991, got NaN/],
      [() => wheel.schedule(1, Number.POSITIVE_INFINITY), RangeError, /deadline/],
      [() => wheel.schedule(1, -1), RangeError, /deadline/],
      [() => wheel.reschedule(handle, -1), RangeError, /deadline/],
      [() => wheel.cancel(-1), RangeError, /handle/],
      [() => wheel.cancel(0.5), RangeError, /handle/],
      [() => wheel.cancel(undefined as never), TypeError, /handle must be a number, got undefined/],
      [() => wheel.cancelMany(Float64Array.of(handle, -1)), RangeError, /handle/],
      [() => wheel.cancelMany([handle] as never), TypeError, /Float64Array/],
      [() => wheel.advance(Number.NaN), RangeError, /now/],
      [() => wheel.advanceInto(1, new Float64Array(1) as never), TypeError, /Uint32Array/],
      [() => wheel.scheduleMany(new Uint32Array(2), new Float64Array(1)), RangeError, /as many deadlines as ids, 2/],
      [() => wheel.scheduleMany(Uint32Array.of(1, 2), Float64Array.of(20, Number.NaN)), RangeError, /deadline/],
      [() => new TimingWheel({ arena, now: -1 }), RangeError, /now/],
      [() => new TimingWheel({ arena, capacity: -1 }), RangeError, /capacity/],
    ];
    for (const [misuse, error, message] of misuses) {
      expect(misuse).toThrow(error);
      expect(misuse).toThrow(message);
    }
    expect(before.equals(wheel.toBytes())).toBe(true);
    wheel.dispose();
    expect(() => wheel.schedule(1, 1)).toThrow(DisposedError);
  });

  for (const span of [100, 5000, 1e9, 2 ** 52]) {
    it(`agrees with a sorted list of timers, deadlines within ${span}`, () => againstList(span));
  }
});

interface Listed {
  id: number;
  deadline: number;
  order: number;
  handle: number;
}

function againstList(span: number): void {
  const random: SeededRandom = seededRandom(testSeed(`timing wheel, ${span}`));
  const wheel = new TimingWheel({ arena });
  let list: Listed[] = [];
  const gone: number[] = [];
  let now = 0;
  for (let order = 0; order < 6000; order++) {
    const choice = random.next();
    const one = list[random.below(Math.max(1, list.length))];
    const deadline = Math.min(2 ** 53 - 1, Math.floor(now - 10 + (random.next() < 0.3 ? 200 : span) * random.next()));
    if (choice < 0.55) {
      const due = Math.max(now, deadline);
      list.push({ id: order, deadline: due, order, handle: wheel.schedule(order, Math.max(0, deadline)) });
    } else if (choice < 0.65 && one !== undefined) {
      expect(wheel.cancel(one.handle)).toBe(true);
      gone.push(one.handle);
      list = list.filter((it) => it !== one);
    } else if (choice < 0.75 && one !== undefined) {
      expect(wheel.reschedule(one.handle, Math.max(0, deadline))).toBe(true);
      Object.assign(one, { deadline: Math.max(now, deadline), order });
    } else if (choice < 0.8) {
      expect(wheel.cancel(gone[random.below(gone.length)] ?? 2 ** 40)).toBe(false);
    } else if (choice < 0.95) {
      const first = list.reduce((least, it) => Math.min(least, it.deadline), Number.POSITIVE_INFINITY);
      expect(wheel.next() ?? Number.POSITIVE_INFINITY).toBe(first);
      now = Math.min(2 ** 53 - 1, Math.max(now, Math.floor(now + (random.next() * span) / (order % 7 ? 50 : 2))));
      const due = list.filter((it) => it.deadline <= now);
      due.sort((a, b) => a.deadline - b.deadline || a.order - b.order);
      expect([...wheel.advance(now)]).toEqual(due.map((it) => it.id));
      gone.push(...due.map((it) => it.handle));
      list = list.filter((it) => it.deadline > now);
    } else {
      const again = TimingWheel.fromBytes(wheel.toBytes(), { arena });
      again.check();
      expect([...again].sort()).toEqual(list.map((it) => [it.id, it.deadline]).sort());
      again.dispose();
    }
    if (order % 50 === 0) wheel.check();
    expect(wheel.size).toBe(list.length);
  }
}

describe('WheelTimer', () => {
  it('calls back at the same moments as the timer below it does', () => {
    const random = seededRandom(testSeed('wheel timer'));
    const choices = Array.from({ length: 3000 }, () => [random.next(), random.below(5000), random.below(50)] as const);
    const logs = [false, true].map((wheel) => {
      const time = new ManualTime();
      const timer = wheel ? new WheelTimer({ clock: time, timer: time, arena }) : time;
      const log: string[] = [];
      const cancels: (() => void)[] = [];
      for (const [i, [choice, delayMs, passMs]] of choices.entries()) {
        if (choice < 0.5) cancels.push(timer.after(delayMs, () => log.push(`${i} at ${time.monotonic()}`)));
        else if (choice < 0.52 && cancels.length > 0)
          cancels.push(timer.every(delayMs + 500, () => log.push(`${i} every`)));
        else if (choice < 0.8) cancels[delayMs % cancels.length]?.();
        else time.advance(passMs);
      }
      for (const cancel of cancels) cancel();
      expect(time.pending).toBe(0);
      return log;
    });
    expect(logs[0]?.length).toBeGreaterThan(300);
    expect(logs[1]?.sort()).toEqual(logs[0]?.sort());
  });

  it('holds one timer of the platform, however many are set, and none when none is', () => {
    const time = new ManualTime();
    const timer = new WheelTimer({ clock: time, timer: time, arena });
    const cancels = Array.from({ length: 1000 }, (_, i) => timer.after(10 * i, () => {}));
    expect([timer.size, time.pending]).toEqual([1000, 1]);
    time.advance(5000);
    expect([timer.size, time.pending]).toEqual([499, 1]);
    for (const cancel of cancels) cancel();
    for (const cancel of cancels) cancel();
    expect([timer.size, time.pending]).toEqual([0, 0]);
    timer.every(10, () => {})();
    expect(time.pending).toBe(0);
  });

  it('sleeps longer than a platform can, in parts', () => {
    const time = new ManualTime();
    const timer = new WheelTimer({ clock: time, timer: time, arena });
    let called = 0;
    timer.after(2 ** 33, () => called++);
    time.advance(2 ** 33 - 1);
    expect(called).toBe(0);
    time.advance(1);
    expect(called).toBe(1);
  });

  it('a callback may cancel one that is due with it, set others, and end itself', () => {
    const time = new ManualTime();
    const timer = new WheelTimer({ clock: time, timer: time, arena });
    const log: string[] = [];
    timer.after(10, () => {
      log.push('first');
      second();
      timer.after(0, () => log.push('set by the first'));
      timer.after(5, () => log.push('later'));
    });
    const second = timer.after(10, () => log.push('second'));
    const every = timer.every(10, () => {
      log.push('every');
      every();
    });
    time.advance(10);
    time.advance(100);
    expect(log).toEqual(['first', 'every', 'set by the first', 'later']);
    expect([timer.size, time.pending]).toEqual([0, 0]);
  });

  it('one that throws keeps none of the others from its turn', () => {
    const time = new ManualTime();
    const timer = new WheelTimer({ clock: time, timer: time, arena });
    const log: string[] = [];
    timer.after(1, () => {
      throw new Error('of the callback');
    });
    timer.after(1, () => log.push('called'));
    expect(() => time.advance(1)).toThrow('of the callback');
    expect(log).toEqual(['called']);
  });

  it('lets a process end while only intervals are set', () => {
    const kept: string[] = [];
    const time = new ManualTime();
    const platform = {
      after: (delayMs: number, callback: () => void) => {
        kept.push('after');
        return time.after(delayMs, callback);
      },
      every: (periodMs: number, callback: () => void) => {
        kept.push('every');
        return time.every(periodMs, callback);
      },
    };
    const timer = new WheelTimer({ clock: time, timer: platform, arena });
    timer.every(50, () => {});
    const cancel = timer.after(70, () => {});
    cancel();
    expect(kept).toEqual(['every', 'after', 'every']);
  });

  it('ends all at dispose, from a callback too, and refuses misuse', () => {
    const time = new ManualTime();
    const timer = new WheelTimer({ clock: time, timer: time, arena });
    let called = 0;
    timer.after(1, () => timer.dispose());
    const cancel = timer.after(1, () => called++);
    expect(() => timer.after(-1, () => {})).toThrow(RangeError);
    expect(() => timer.after('1' as never, () => {})).toThrow(TypeError);
    expect(() => timer.every(0, () => {})).toThrow(RangeError);
    expect(() => timer.after(1, undefined as never)).toThrow(TypeError);
    time.advance(10);
    cancel();
    timer.dispose();
    expect([called, time.pending]).toEqual([0, 0]);
    expect(() => timer.after(1, () => {})).toThrow(DisposedError);
  });
});
