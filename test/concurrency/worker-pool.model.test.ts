import { describe, expect, it } from 'vitest';
import {
  ClosedError,
  type Thread,
  type ThreadEvents,
  type Threads,
  WorkerPool,
} from '../../src/concurrency/worker-pool/index.js';
import { VALUE_BYTES } from '../../src/concurrency/worker-pool/lane.js';
import { readSmall, TOO_LARGE, writeSmall } from '../../src/concurrency/worker-pool/small-values.js';
import { type SeededRandom, seededRandom, testSeed } from '../support/random.js';
import { ManualTime, settled } from '../support/time.js';

const target = new Uint8Array(VALUE_BYTES);
const written = (value: unknown): number => writeSmall(target, 0, VALUE_BYTES, value);

function anyValue(random: SeededRandom, depth: number): unknown {
  const leaf = random.below(depth > 3 ? 9 : 12);
  const text = (): string =>
    Array.from({ length: random.below(12) }, () =>
      String.fromCharCode(random.below(random.below(2) ? 128 : 65536)),
    ).join('');
  switch (leaf) {
    case 0:
      return undefined;
    case 1:
      return null;
    case 2:
      return random.below(2) === 1;
    case 3:
      return random.below(2 ** 32) - 2 ** 31;
    case 4:
      return [Number.NaN, -0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 31, 2 ** 53][random.below(7)];
    case 5:
      return random.next() * 1e9;
    case 6:
    case 7:
      return text();
    case 8:
      return Uint8Array.from({ length: random.below(20) }, () => random.below(256));
    case 9:
      return Array.from({ length: random.below(5) }, () => anyValue(random, depth + 1));
    default:
      return Object.fromEntries(Array.from({ length: random.below(5) }, () => [text(), anyValue(random, depth + 1)]));
  }
}

describe('small values', () => {
  it('are read as the structured clone would give them', () => {
    const random = seededRandom(testSeed('small values'));
    let small = 0;
    for (let i = 0; i < 5000; i++) {
      const value = anyValue(random, 0);
      if (written(value) === TOO_LARGE) continue;
      small++;
      expect(readSmall(target, 0)).toStrictEqual(structuredClone(value));
    }
    expect(small).toBeGreaterThan(3000);
  });

  it('are none that the structured clone treats in its own way', () => {
    const shared = { a: 1 };
    const circle: unknown[] = [];
    circle.push(circle);
    const buffer = new ArrayBuffer(8);
    const odd = Object.assign([1, 2], { extra: true });
    const others: unknown[] = [
      () => {},
      Symbol('s'),
      1n,
      new Date(),
      /x/,
      new Map(),
      new Set(),
      new Error('e'),
      new ArrayBuffer(1),
      new Float64Array(1),
      new (class Point {
        x = 1;
      })(),
      { shared, again: shared },
      circle,
      new Array(3),
      odd,
      'x'.repeat(VALUE_BYTES),
      new Uint8Array(new SharedArrayBuffer(4)),
      [new Uint8Array(buffer, 0, 2), new Uint8Array(buffer, 4, 2)],
      JSON.parse('{"__proto__": 1}'),
      new Uint8Array(VALUE_BYTES),
      Array.from({ length: 65 }, () => 0),
    ];
    for (const value of others) expect(written(value)).toBe(TOO_LARGE);
  });

  it('fill what room there is and not a byte more', () => {
    const room = new Uint8Array(64).fill(9);
    for (let length = 0; length < 60; length++) {
      const bytes = writeSmall(room, 0, 40, 'x'.repeat(length));
      if (bytes !== TOO_LARGE) expect(readSmall(room, 0)).toBe('x'.repeat(length));
      expect(room.subarray(40).every((byte) => byte === 9)).toBe(true);
    }
  });

  it('survive a getter that writes another', () => {
    let inner: number | undefined;
    const value = {
      get nested() {
        inner = written('other');
        return 1;
      },
      get thrown() {
        return 2;
      },
    };
    expect(written(value)).toBeGreaterThan(0);
    expect(inner).toBe(TOO_LARGE);
    expect(readSmall(target, 0)).toEqual({ nested: 1, thrown: 2 });
    expect(() =>
      written({
        get bad() {
          throw new Error('no');
        },
      }),
    ).toThrow('no');
    expect(written(1)).toBeGreaterThan(0);
  });
});

// ── Threads that a test plays ──────────────────────────────────────────────────────────────────────

interface Message {
  readonly is: string;
  readonly id?: number;
  readonly value?: unknown;
}

class PlayedThread implements Thread {
  readonly id: number;
  readonly events: ThreadEvents;
  readonly posted: Message[] = [];
  ended = false;

  constructor(id: number, events: ThreadEvents) {
    this.id = id;
    this.events = events;
  }

  post(message: unknown): void {
    this.posted.push(message as Message);
  }

  terminate(): void {
    this.exit(undefined, 1);
  }

  exit(cause: unknown, code: number | undefined): void {
    if (this.ended) return;
    this.ended = true;
    queueMicrotask(() => this.events.exit(cause, code));
  }

  ref(): void {}
  unref(): void {}

  begin(): void {
    this.events.message({ is: 'hello', names: ['default'], closes: false });
  }

  /** Ends the oldest task it has. */
  answer(value: unknown): void {
    const at = this.posted.findIndex(({ is }) => is === 'task');
    const [task] = this.posted.splice(at, 1);
    this.events.message({ is: 'result', id: task?.id, ranMs: 1, value });
  }

  get tasks(): number {
    return this.posted.filter(({ is }) => is === 'task').length;
  }
}

function played() {
  const all: PlayedThread[] = [];
  const threads: Threads = {
    parallelism: 2,
    sharesMemory: false,
    soon: undefined,
    spawn: (_, __, events) => {
      const thread = new PlayedThread(all.length, events);
      all.push(thread);
      return thread;
    },
  };
  return { all, threads };
}

describe('WorkerPool, over threads that are played', () => {
  it('starts threads later and later while they are lost, and fails fast when they are too many', async () => {
    const time = new ManualTime();
    const { all, threads } = played();
    const pool = new WorkerPool('x', {
      threads,
      clock: time,
      timer: time,
      maxCrashes: 4,
      crashDelayMs: 100,
      maxThreads: 1,
    });
    const first = pool.run(1);
    const outcome = first.catch((error: unknown) => error);
    const crash = async () => {
      all.at(-1)?.exit(new Error('crash'), 1);
      await settled();
    };
    await crash();
    expect(all.length).toBe(2);
    await crash();
    expect(all.length).toBe(2);
    time.jump(-3_600_000);
    time.advance(99);
    expect(all.length).toBe(2);
    time.advance(1);
    expect(all.length).toBe(3);
    await crash();
    time.advance(200);
    expect(all.length).toBe(4);
    await crash();
    expect(await outcome).toMatchObject({ code: 'CRASH_LOOP', crashes: 4, retryAfterMs: 400 });
    await expect(pool.run(2)).rejects.toMatchObject({ code: 'CRASH_LOOP' });
    time.advance(400);
    const again = pool.run(3);
    all.at(-1)?.begin();
    all.at(-1)?.answer('well');
    expect(await again).toBe('well');
    pool.destroy();
    await settled();
    expect(time.pending).toBe(0);
  });

  it('ends threads that were idle for their time, however the wall clock jumps', async () => {
    const time = new ManualTime();
    const { all, threads } = played();
    const pool = new WorkerPool('x', { threads, clock: time, timer: time, idleTimeoutMs: 1000 });
    const task = pool.run(1);
    all[0]?.begin();
    all[0]?.answer(1);
    await task;
    time.jump(1e9);
    await time.pass(999, 3);
    expect(pool.stats().threads).toBe(1);
    await time.pass(1001, 3);
    expect(pool.stats().threads).toBe(0);
    expect(all[0]?.ended).toBe(true);
    await pool.close();
    expect(time.pending).toBe(0);
  });

  it('settles every task once, in any order of calls, results, aborts, crashes and sizes', async () => {
    const random = seededRandom(testSeed('WorkerPool'));
    for (let round = 0; round < 30; round++) {
      const time = new ManualTime();
      const { all, threads } = played();
      const pool = new WorkerPool('x', {
        threads,
        clock: time,
        timer: time,
        maxThreads: 3,
        concurrency: 1 + random.below(3),
        maxQueue: 5,
        graceMs: 50,
        crashDelayMs: 1,
        maxCrashes: 1000,
        whenFull: random.below(2) ? 'wait' : 'reject',
        maxWaiting: 5,
      });
      const ends = new Map<number, string>();
      const aborts: AbortController[] = [];
      let made = 0;
      for (let step = 0; step < 200; step++) {
        const living = all.filter((thread) => !thread.ended);
        const one = living[random.below(living.length)];
        switch (random.below(8)) {
          case 0:
          case 1:
          case 2: {
            const controller = new AbortController();
            aborts.push(controller);
            const number = made++;
            const end = (how: string) => {
              expect(ends.has(number)).toBe(false);
              ends.set(number, how);
            };
            pool
              .run(number, {
                signal: controller.signal,
                priority: random.below(3) - 1,
                idempotent: random.below(2) === 0,
              })
              .then(
                (value) => end(value === number ? 'right' : 'wrong'),
                (error) => end(String(error?.code ?? error)),
              );
            break;
          }
          case 3:
          case 4:
            if (one !== undefined && one.tasks > 0) one.answer(one.posted.find(({ is }) => is === 'task')?.value);
            break;
          case 5:
            if (one !== undefined && one.posted.length === 0) one.begin();
            break;
          case 6:
            aborts[random.below(aborts.length)]?.abort('aborted');
            break;
          default:
            if (random.below(4) === 0) one?.exit(new Error('crash'), 1);
            else if (random.below(3) === 0) pool.resize(0, 1 + random.below(3));
            else time.advance(random.below(40));
        }
        if (random.below(4) === 0) await settled();
      }
      pool.destroy();
      await settled();
      await pool.close();
      expect(ends.size).toBe(made);
      expect(
        [...ends.values()].filter((how) => !['right', 'aborted', 'THREAD_LOST', 'QUEUE_FULL', 'CLOSED'].includes(how)),
      ).toEqual([]);
      expect(pool.stats()).toMatchObject({ threads: 0, queued: 0, waiting: 0, running: 0 });
      expect(time.pending).toBe(0);
      await expect(pool.run(1)).rejects.toThrow(ClosedError);
    }
  });
});
