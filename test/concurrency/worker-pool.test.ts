import { afterEach, describe, expect, it } from 'vitest';
import {
  ClosedError,
  QueueFullError,
  TimeoutError,
  UnknownTaskError,
  WorkerPool,
  type WorkerPoolOptions,
} from '../../src/concurrency/worker-pool/index.js';
import { serve } from '../../src/concurrency/worker-pool/worker/index.js';
import { until } from '../support/server.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { workerFile } from '../support/worker.js';

const script = workerFile(`
  import { serve, transfer } from './src/concurrency/worker-pool/worker/index.ts';
  import { threadId } from 'node:worker_threads';
  const order = [];
  const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  class Odd extends RangeError {
    constructor() { super('odd', { cause: new TypeError('below', { cause: 'the ground' }) }); this.name = 'Odd'; this.code = 'ODD'; this.detail = { at: [1, 2] }; }
  }
  serve({
    default: (n) => n * 2,
    async later(n) { await new Promise((done) => setTimeout(done, 1)); return n + 1; },
    echo: (value) => value,
    fill: (bytes) => { bytes.fill(7); return transfer(bytes); },
    big: (length) => transfer({ kept: 'here', bytes: new Uint8Array(length).fill(3) }, []),
    fail(kind) {
      if (kind === 'odd') throw new Odd();
      if (kind === 'value') throw { not: 'an error' };
      if (kind === 'many') throw new AggregateError([new Error('one'), 'two'], 'several');
      if (kind === 'dom') throw new DOMException('no more', 'AbortError');
      if (kind === 'function') return () => {};
      const error = new Error('holds what cannot be sent'); error.callback = () => {}; throw error;
    },
    async stubborn(ms) { await new Promise((done) => setTimeout(done, ms)); return 'stubborn'; },
    async gentle(_, { signal }) {
      await new Promise((done, fail) => signal.addEventListener('abort', () => fail(signal.reason)));
    },
    async said(_, context) { order.push('begun'); await new Promise((done) => context.signal.addEventListener('abort', done)); order.push(String(context.signal.reason)); },
    order: () => order.splice(0),
    loop(shared, context) {
      const words = new Int32Array(shared);
      Atomics.store(words, 0, 1);
      while (!context.aborted) Atomics.add(words, 1, 1);
      Atomics.store(words, 2, 1);
      context.throwIfAborted();
    },
    block(ms) { block(ms); return threadId; },
    note({ ms, mark }) { block(ms); order.push(mark); return threadId; },
    data: (_, context) => [context.workerData, context.name],
    thread: () => threadId,
  });
`);

const pools: WorkerPool[] = [];

function poolOf(options: WorkerPoolOptions = {}): WorkerPool {
  const pool = new WorkerPool(script, { maxThreads: 1, ...options });
  pools.push(pool);
  return pool;
}

afterEach(async () => {
  for (const pool of pools.splice(0)) {
    pool.destroy();
    await pool.close();
  }
});

for (const sharedMemory of [true, false]) {
  describe(`WorkerPool, ${sharedMemory ? 'through shared memory' : 'by messages'}`, () => {
    const made = (options: WorkerPoolOptions = {}) => poolOf({ sharedMemory, ...options });

    it('runs functions in other threads, by name and as functions', async () => {
      const pool = made();
      expect(await pool.run(21)).toBe(42);
      expect(await pool.run(1, { name: 'later' })).toBe(2);
      const echo = pool.named('echo');
      expect(await echo({ of: ['this', null, undefined, -0, 1.5, true] })).toStrictEqual({
        of: ['this', null, undefined, -0, 1.5, true],
      });
    });

    it('gives what is large, and what is not plain, as the structured clone does', async () => {
      const pool = made();
      const echo = pool.named('echo');
      const shared = { a: 1 };
      const map = new Map<unknown, unknown>([
        ['x', shared],
        ['y', shared],
      ]);
      const back = (await echo(map)) as Map<string, unknown>;
      expect(back).toStrictEqual(map);
      expect(back.get('x')).toBe(back.get('y'));
      const text = 'ü'.repeat(5000);
      expect(await echo(text)).toBe(text);
      expect(await echo(new Date(5))).toStrictEqual(new Date(5));
      expect(await echo(7n)).toBe(7n);
    });

    it('moves what is listed, there and back', async () => {
      const pool = made();
      const bytes = new Uint8Array(1 << 20);
      const back = pool.run(bytes, { name: 'fill', transfer: [bytes.buffer] });
      const filled = (await back) as Uint8Array;
      expect(bytes.length).toBe(0);
      expect([filled.length, filled[0], filled[filled.length - 1]]).toEqual([1 << 20, 7, 7]);
      expect(((await pool.run(5, { name: 'big' })) as { kept: string }).kept).toBe('here');
    });

    it('runs a thousand tasks at once, each with its own result', async () => {
      const pool = made({ maxThreads: 2 });
      const results = await Promise.all(Array.from({ length: 1000 }, (_, i) => pool.run(i)));
      expect(results.every((result, i) => result === 2 * i)).toBe(true);
      expect(pool.stats()).toMatchObject({ completed: 1000, failed: 0, queued: 0, running: 0 });
      expect(pool.stats().runMs?.count).toBe(1000);
    });

    it('runs as many at a time in a thread as it was told', async () => {
      const pool = made({ concurrency: 8 });
      await pool.run(1);
      const ends: string[] = [];
      const long = pool.run(150, { name: 'stubborn' }).then(() => ends.push('long'));
      const short = Array.from({ length: 7 }, () => pool.run(1, { name: 'later' }).then(() => ends.push('short')));
      await Promise.all([long, ...short]);
      expect(ends).toEqual([...Array(7).fill('short'), 'long']);
      expect(pool.stats().threadsStarted).toBe(1);
    });

    it('passes errors on with their class, name, stack, cause and fields', async () => {
      const pool = made();
      const fail = pool.named('fail');
      const odd = (await reasonOf(fail('odd'))) as RangeError & { code: string; detail: unknown };
      expect(odd).toBeInstanceOf(RangeError);
      expect([odd.name, odd.message, odd.code, odd.detail]).toEqual(['Odd', 'odd', 'ODD', { at: [1, 2] }]);
      expect(odd.stack).toContain('worker.mjs');
      expect(odd.cause).toBeInstanceOf(TypeError);
      expect((odd.cause as Error).cause).toBe('the ground');
      expect(await reasonOf(fail('value'))).toEqual({ not: 'an error' });
      const many = (await reasonOf(fail('many'))) as AggregateError;
      expect(many).toBeInstanceOf(AggregateError);
      expect(many.errors.map(String)).toEqual(['Error: one', 'two']);
      expect(await reasonOf(fail('dom'))).toMatchObject({ name: 'AbortError', message: 'no more' });
      expect(await reasonOf(fail('function'))).toMatchObject({ name: 'DataCloneError' });
      expect(await reasonOf(fail('callback'))).toMatchObject({ callback: '() => {\n    }' });
    });

    it('refuses what cannot be sent, and a function that is not there, and goes on', async () => {
      const pool = made();
      expect(await reasonOf(pool.run(() => {}, { name: 'echo' }))).toMatchObject({ name: 'DataCloneError' });
      const unknown = await reasonOf(pool.run(1, { name: 'nothing' }));
      expect(unknown).toBeInstanceOf(UnknownTaskError);
      expect((unknown as UnknownTaskError).known).toContain('echo');
      expect(await pool.run(2)).toBe(4);
      expect(pool.stats().failed).toBe(2);
    });

    it('gives the worker what was meant for it', async () => {
      const pool = made({ workerData: { key: 'value' } });
      expect(await pool.run(0, { name: 'data' })).toEqual([{ key: 'value' }, 'data']);
    });

    it('rejects with exactly the reason of the signal: before, while it waits, and while it runs', async () => {
      const pool = made({ graceMs: 5000 });
      await pool.run(1);
      const reason = { why: 'enough' };
      expect(await reasonOf(pool.run(1, { signal: AbortSignal.abort(reason) }))).toBe(reason);
      const controller = new AbortController();
      const running = reasonOf(pool.run(0, { name: 'said', signal: controller.signal }));
      const waiting = reasonOf(pool.run(2, { signal: controller.signal }));
      await until('it runs', () => pool.stats().running >= 1);
      await new Promise((done) => setTimeout(done, 20));
      controller.abort(reason);
      expect([await running, await waiting]).toEqual([reason, reason]);
      expect(await running).toBe(reason);
      // It stopped in peace: the thread is the same.
      expect(await pool.run(0, { name: 'order' })).toEqual(['begun', '[object Object]']);
      expect(pool.stats()).toMatchObject({ threadsStarted: 1, threadsKilled: 0, givenUp: 2 });
    });

    it('leaves no listener behind, however a task ends', async () => {
      const pool = made();
      const counting = new CountingSignal();
      await Promise.all(Array.from({ length: 50 }, (_, i) => pool.run(i, { signal: counting.signal })));
      await reasonOf(pool.run('odd', { name: 'fail', signal: counting.signal }));
      expect(counting.listeners).toBe(0);
    });

    it('ends a task that takes too long with a TimeoutError, and kills what does not stop', async () => {
      const pool = made({ graceMs: 30 });
      await pool.run(1);
      const error = await reasonOf(pool.run(5000, { name: 'block', timeoutMs: 30 }));
      expect(error).toBeInstanceOf(TimeoutError);
      expect(await pool.run(3)).toBe(6);
      expect(pool.stats()).toMatchObject({ threadsKilled: 1, threadsStarted: 2 });
    });

    it('begins tasks by priority, and equal ones in order', async () => {
      const pool = made();
      await Promise.all(Array.from({ length: 100 }, (_, i) => pool.run(i)));
      const first = pool.run({ ms: 50, mark: 'first' }, { name: 'note', priority: 10 });
      const marks: [string, number][] = [
        ['a', 0],
        ['b', 0],
        ['c', 5],
        ['d', -1],
        ['e', 5],
        ['f', 0],
      ];
      const rest = marks.map(([mark, priority]) => pool.run({ ms: 0, mark }, { name: 'note', priority }));
      await Promise.all([first, ...rest]);
      expect(await pool.run(0, { name: 'order' })).toEqual(['first', 'c', 'e', 'a', 'b', 'f', 'd']);
    });

    it('closes when it is through, and takes nothing more', async () => {
      const pool = made();
      const tasks = Array.from({ length: 20 }, (_, i) => pool.run(i, { name: 'later' }));
      const closed = pool.close();
      expect(await reasonOf(pool.run(1))).toBeInstanceOf(ClosedError);
      await closed;
      expect(await Promise.all(tasks)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      expect(pool.stats().threads).toBe(0);
      await pool.close();
    });

    it('closes by force when the deadline has passed', async () => {
      const pool = made();
      await pool.run(1);
      const stuck = reasonOf(pool.run(60_000, { name: 'block' }));
      const queued = reasonOf(pool.run(1));
      await pool.close({ timeoutMs: 30 });
      expect(await stuck).toBeInstanceOf(ClosedError);
      expect(await queued).toBeInstanceOf(ClosedError);
      expect(pool.stats()).toMatchObject({ threads: 0, running: 0, queued: 0 });
    });
  });
}

describe('WorkerPool', () => {
  it('tells a loop that never waits that nobody waits for it any more', async () => {
    const pool = poolOf({ graceMs: 20_000 });
    const shared = new SharedArrayBuffer(12);
    const words = new Int32Array(shared);
    const controller = new AbortController();
    const looping = reasonOf(pool.run(shared, { name: 'loop', signal: controller.signal }));
    await until('it loops', () => (words[1] as number) > 1000);
    controller.abort('stop');
    expect(await looping).toBe('stop');
    await until('it has stopped', () => words[2] === 1);
    expect(await pool.run(4)).toBe(8);
    expect(pool.stats().threadsKilled).toBe(0);
  });

  it('does not begin a task that was given up while it was next in a thread', async () => {
    const pool = poolOf();
    await Promise.all(Array.from({ length: 100 }, (_, i) => pool.run(i)));
    const first = pool.run({ ms: 50, mark: 'first' }, { name: 'note' });
    const controller = new AbortController();
    const next = reasonOf(pool.run({ ms: 0, mark: 'next' }, { name: 'note', signal: controller.signal }));
    const last = pool.run({ ms: 0, mark: 'last' }, { name: 'note' });
    controller.abort('no');
    expect(await next).toBe('no');
    await Promise.all([first, last]);
    expect(await pool.run(0, { name: 'order' })).toEqual(['first', 'last']);
  });

  it('does not take back what was moved', async () => {
    const pool = poolOf();
    await Promise.all(Array.from({ length: 100 }, (_, i) => pool.run(i)));
    for (let round = 0; round < 20; round++) {
      const bytes = new Uint8Array(4096);
      const moved = pool.run(bytes, { name: 'fill', transfer: [bytes.buffer] });
      const next = [pool.run(1), pool.run(2), pool.run(3, { priority: 5 })];
      expect(((await moved) as Uint8Array)[0]).toBe(7);
      expect(await Promise.all(next)).toEqual([2, 4, 6]);
    }
  });

  it('leaves nothing behind of what was given up in the turn in which it was sent, however large', async () => {
    const pool = poolOf();
    await pool.run(1);
    for (let round = 0; round < 50; round++) {
      const counting = new CountingSignal();
      const input = round % 2 === 0 ? 'x'.repeat(5000) : round;
      const given = pool
        .run(input, { name: 'echo', signal: counting.signal, timeoutMs: 10_000 })
        .catch((reason) => reason);
      counting.abort('no');
      // It may have been done by then.
      expect(['no', input]).toContain(await given);
      expect(counting.listeners).toBe(0);
      expect(await pool.run(round)).toBe(2 * round);
    }
    await pool.onIdle();
    expect(pool.stats()).toMatchObject({ running: 0, queued: 0, threadsStarted: 1 });
  });

  it('gives a thread that has nothing to do what another has ahead of it', async () => {
    const pool = poolOf({ minThreads: 2, maxThreads: 2 });
    await Promise.all(Array.from({ length: 400 }, (_, i) => pool.run(i)));
    // Both have some ahead; one is held up.
    let done = false;
    const held = pool.run({ ms: 400, mark: 'held' }, { name: 'note' }).then(() => {
      done = true;
    });
    await Promise.all(Array.from({ length: 40 }, (_, i) => pool.run(i)));
    expect(done).toBe(false);
    await held;
  });

  it('refuses what the queue has no room for, and takes it when there is', async () => {
    const pool = poolOf({ maxQueue: 2, maxAhead: 0 });
    await pool.run(1);
    const tasks = [30, 0, 0].map((ms) => pool.run(ms, { name: 'block' }));
    await expect(pool.run(1)).rejects.toThrow(QueueFullError);
    const waits = pool.run(5, { whenFull: 'wait' });
    const signal = AbortSignal.abort('gone');
    expect(await reasonOf(pool.room({ signal }))).toBe('gone');
    expect(pool.stats()).toMatchObject({ queued: 2, waiting: 1, refused: 1 });
    await pool.room();
    expect(pool.stats().queued).toBeLessThan(2);
    expect(await waits).toBe(10);
    await Promise.all(tasks);
  });

  it('bounds those that wait before the queue', async () => {
    const pool = poolOf({ maxQueue: 0, maxAhead: 0, whenFull: 'wait', maxWaiting: 1 });
    await pool.run(1);
    const one = pool.run(20, { name: 'block' });
    const two = pool.run(1);
    await expect(pool.run(1)).rejects.toMatchObject({ code: 'QUEUE_FULL', limit: 1 });
    expect(await two).toBe(2);
    await one;
  });

  it('has as many threads as it is told, more and fewer', async () => {
    const pool = poolOf({ minThreads: 1, maxThreads: 1 });
    await pool.run(1);
    pool.resize(3, 3);
    expect(pool.stats().threads).toBe(3);
    await until('they have started', () => pool.stats().idle === 3);
    const held = Array.from({ length: 3 }, () => pool.run(30, { name: 'block' }));
    pool.resize(1, 1);
    await Promise.all(held);
    await until('two have gone', () => pool.stats().threads === 1);
    expect(await pool.run(8)).toBe(16);
  });

  it('tells what happens', async () => {
    const pool = poolOf();
    const seen: string[] = [];
    const end = pool.on('taskEnded', ({ name, ok }) => seen.push(`${name} ${ok}`));
    for (const event of ['threadStarted', 'threadReady', 'threadEnded', 'idle'] as const)
      pool.on(event, () => seen.push(event));
    await pool.run(1);
    end();
    await until('it rests', () => seen.includes('idle'));
    await reasonOf(pool.run('odd', { name: 'fail' }));
    await pool.onIdle();
    await pool.close();
    expect(seen.filter((it, i) => it !== 'idle' || seen[i - 1] !== 'idle')).toEqual([
      'threadStarted',
      'threadReady',
      'default true',
      'idle',
      'threadEnded',
      'idle',
    ]);
  });

  it('is disposed of by using, in peace or at once', async () => {
    let task: Promise<unknown>;
    {
      await using pool = poolOf();
      task = pool.run(4);
    }
    expect(await task).toBe(8);
    {
      using pool = poolOf();
      task = reasonOf(pool.run(4));
    }
    expect(await task).toBeInstanceOf(ClosedError);
  });

  it('refuses options that no pool or task has, and changes nothing', async () => {
    expect(() => new WorkerPool(7 as never)).toThrow(TypeError);
    expect(() => poolOf({ minThreads: 2 })).toThrow('minThreads must be at most maxThreads, 1, got 2');
    expect(() => poolOf({ maxThreads: 0 })).toThrow(RangeError);
    expect(() => poolOf({ concurrency: 65 })).toThrow('concurrency must be an integer from 1 to 64, got 65');
    expect(() => poolOf({ whenFull: 'drop' as never })).toThrow("whenFull must be 'reject' or 'wait', got drop");
    const pool = poolOf();
    expect(() => pool.run(1, { priority: Number.NaN })).toThrow(TypeError);
    expect(() => pool.run(1, { transfer: 'all' as never })).toThrow('transfer must be an array');
    expect(() => pool.run(1, { timeoutMs: -1 })).toThrow(RangeError);
    expect(() => pool.run(1, { name: 7 as never })).toThrow('name must be a string, got number');
    expect(() => pool.resize(2, 1)).toThrow(RangeError);
    expect(pool.stats()).toMatchObject({ threads: 0, queued: 0 });
  });
});

describe('serve', () => {
  it('only returns its functions where no pool started the thread', () => {
    const double = (n: number) => 2 * n;
    expect(serve({ double }).double(2)).toBe(4);
    expect(serve(double).default(3)).toBe(6);
    expect(() => serve({ no: 1 as never })).toThrow('Task "no" must be a function, got number');
    expect(() => serve(null as never)).toThrow('serve takes a function, or an object of functions, got null');
  });
});
