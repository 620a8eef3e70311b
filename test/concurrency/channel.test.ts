import { describe, expect, it } from 'vitest';
import { Channel, ChannelPool, receiveFrom, select, sendTo, trySelect } from '../../src/concurrency/channel/index.js';
import {
  ClosedError,
  DoubleReleaseError,
  QueueFullError,
  TimeoutError,
} from '../../src/concurrency/semaphore/index.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { ManualTime, settled } from '../support/time.js';

async function collect<T>(channel: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of channel) values.push(value);
  return values;
}

describe('Channel', () => {
  it('hands a value from who sends to who receives, and makes the first of them wait', async () => {
    const channel = Channel.rendezvous<string>();
    const log: string[] = [];
    const sent = channel.send('a').then((taken) => void log.push(`sent ${taken}`));
    await settled();
    expect([log, channel.size, channel.stats().waitingSenders, channel.trySend('no')]).toEqual([[], 0, 1, false]);
    expect(await channel.receive()).toBe('a');
    await sent;
    expect(log).toEqual(['sent true']);
    const received = channel.receive();
    expect(channel.trySend('b')).toBe(true);
    expect(await received).toBe('b');
    expect(channel.stats()).toMatchObject({ sent: 2, received: 2, dropped: 0, waitingReceivers: 0 });
  });

  it('holds its capacity, then makes senders wait in order', async () => {
    const channel = Channel.bounded<number>(2);
    const sends = [1, 2, 3, 4].map((value) => channel.send(value));
    expect([channel.size, channel.stats().waitingSenders]).toEqual([2, 2]);
    expect([channel.tryReceive(), channel.size, channel.stats().waitingSenders]).toEqual([1, 2, 1]);
    expect(channel.tryReceiveMany(2)).toEqual([2, 3]);
    expect(await Promise.all(sends)).toEqual([true, true, true, true]);
    expect([channel.tryReceiveMany(), channel.tryReceive()]).toEqual([[4], undefined]);
  });

  it('drops the newest, or the oldest, or rejects, and says what it dropped', async () => {
    const dropped: number[] = [];
    const newest = Channel.dropping<number>(2, 'newest', (value) => dropped.push(value));
    expect(await Promise.all([1, 2, 3].map((value) => newest.send(value)))).toEqual([true, true, false]);
    expect([newest.trySend(4), newest.tryReceiveMany(), dropped]).toEqual([false, [1, 2], [3, 4]]);
    const sliding = Channel.sliding<number>(2, (value) => dropped.push(value));
    expect(await Promise.all([1, 2, 3, 4].map((value) => sliding.send(value)))).toEqual([true, true, true, true]);
    expect([sliding.tryReceiveMany(), dropped, sliding.stats().dropped]).toEqual([[3, 4], [3, 4, 1, 2], 2]);
    expect(Channel.dropping<number>(1, 'oldest').trySend(1)).toBe(true);
    const unbounded = Channel.unbounded<number>({ limit: 2 });
    await unbounded.send(1);
    await unbounded.send(2);
    expect(await reasonOf(unbounded.send(3))).toBeInstanceOf(QueueFullError);
    expect([unbounded.trySend(4), unbounded.size]).toEqual([false, 2]);
    expect(() => new Channel({ overflow: 'drop-oldest' })).toThrow(RangeError);
    expect(() => new Channel({ overflow: 'lose' as never })).toThrow(RangeError);
    expect(() => new Channel({ capacity: -1 })).toThrow(RangeError);
  });

  it('gives what it holds after it was closed, then the end; who waits to send is refused', async () => {
    const channel = Channel.bounded<number>(1);
    await channel.send(1);
    const late = reasonOf(channel.send(2));
    channel.close();
    channel.close('too late to be a reason');
    expect(await late).toBeInstanceOf(ClosedError);
    expect(await reasonOf(channel.send(3))).toMatchObject({ code: 'CLOSED' });
    expect(() => channel.trySend(3)).toThrow(ClosedError);
    expect([await channel.receive(), await channel.receive(), channel.tryReceive()]).toEqual([1, undefined, undefined]);
    expect(await channel.next()).toEqual({ value: undefined, done: true });
    const waiting = Channel.rendezvous<number>();
    const waits = [waiting.receive(), waiting.next()];
    waiting[Symbol.dispose]();
    expect(await Promise.all(waits)).toEqual([undefined, { value: undefined, done: true }]);
  });

  it('tells who receives why it was closed, once it is empty', async () => {
    const channel = Channel.bounded<number>(3);
    const reason = new Error('source failed');
    await channel.send(1);
    channel.close(reason);
    const seen: number[] = [];
    const reading = async () => {
      for await (const value of channel) seen.push(value);
    };
    expect([await reasonOf(reading()), seen]).toEqual([reason, [1]]);
    expect(await reasonOf(channel.receive())).toBe(reason);
    expect(await reasonOf(channel.send(1))).toMatchObject({ cause: reason });
    const waiting = Channel.rendezvous<number>();
    const wait = reasonOf(waiting.receive());
    waiting.close('why');
    expect(await wait).toBe('why');
  });

  it('ends every wait by signal or timeout, and leaves nothing behind', async () => {
    const time = new ManualTime();
    const channel = new Channel<number>({ timer: time, maxQueue: 2 });
    const counting = new CountingSignal();
    const options = { signal: counting.signal, timeoutMs: 10 };
    for (let i = 0; i < 500; i++) {
      const [, got] = await Promise.all([channel.send(i, options), channel.receive(options)]);
      expect(got).toBe(i);
    }
    expect([counting.listeners, time.pending]).toEqual([0, 0]);
    const sends = [reasonOf(channel.send(1, options)), reasonOf(channel.send(2, { timeoutMs: 10 }))];
    expect(await reasonOf(channel.send(3))).toBeInstanceOf(QueueFullError);
    counting.abort('enough');
    time.jump(-1e6);
    time.advance(10);
    expect(await sends[0]).toBe('enough');
    expect(await sends[1]).toBeInstanceOf(TimeoutError);
    const receives = [channel.receive({ timeoutMs: 4 }), channel.next({ timeoutMs: 4 })].map(reasonOf);
    expect(await reasonOf(channel.receive())).toBeInstanceOf(QueueFullError);
    expect(await reasonOf(channel.next())).toBeInstanceOf(QueueFullError);
    time.advance(4);
    for (const reason of await Promise.all(receives)) expect(reason).toBeInstanceOf(TimeoutError);
    for (const wait of [channel.send(1, options), channel.receive(options), channel.next(options)]) {
      expect(await reasonOf(wait)).toBe('enough');
    }
    // Nobody who gave up is served.
    const received = channel.receive();
    await channel.send(7);
    expect([await received, counting.listeners, time.pending]).toEqual([7, 0, 0]);
  });

  it('gives each value to one of several loops, and leaving a loop closes nothing', async () => {
    const channel = Channel.bounded<number>(1);
    await channel.send(0);
    for await (const value of channel.values()) {
      expect(value).toBe(0);
      break;
    }
    expect(channel.closed).toBe(false);
    const all = Promise.all([collect(channel), collect(channel), collect(channel)]);
    for (let i = 1; i < 100; i++) await channel.send(i);
    channel.close();
    const seen = (await all).flat().sort((a, b) => a - b);
    expect(seen.length).toBe(99);
    expect(seen.every((value, i) => value === i + 1)).toBe(true);
  });

  it('lets waiting senders in when it is cleared', async () => {
    const channel = Channel.bounded<number>(2);
    const sends = [1, 2, 3].map((value) => channel.send(value));
    expect([channel.clear(), channel.size]).toEqual([2, 1]);
    expect([await Promise.all(sends), channel.tryReceive()]).toEqual([[true, true, true], 3]);
  });
});

describe('Channel and Web Streams', () => {
  it('is read as a stream, which takes nothing ahead', async () => {
    const channel = Channel.bounded<number>(4);
    for (const value of [1, 2, 3]) await channel.send(value);
    const reader = channel.toReadable().getReader();
    expect([await reader.read(), channel.size]).toEqual([{ value: 1, done: false }, 2]);
    const pending = reader.read();
    await pending;
    await reader.cancel('no more');
    expect([channel.closed, channel.size]).toEqual([false, 1]);
    const other = channel.toReadable({ closeOnCancel: true });
    channel.close('broken');
    const read = other.getReader();
    await read.read();
    expect(await reasonOf(read.read())).toBe('broken');
    const waiting = Channel.rendezvous<number>();
    const stream = waiting.toReadable({ closeOnCancel: true }).getReader();
    const waits = stream.read();
    await stream.cancel();
    expect([await waits, waiting.closed, waiting.stats().waitingReceivers]).toEqual([
      { value: undefined, done: true },
      true,
      0,
    ]);
  });

  it('is written as a stream, with its back-pressure', async () => {
    const channel = Channel.rendezvous<string>();
    const writer = channel.toWritable().getWriter();
    let written = false;
    const write = writer.write('a').then(() => {
      written = true;
    });
    await settled();
    expect(written).toBe(false);
    expect(await channel.receive()).toBe('a');
    await write;
    await writer.close();
    expect(channel.closed).toBe(true);
    const aborted = Channel.rendezvous<string>();
    const blocked = aborted.toWritable().getWriter();
    const blockedWrite = reasonOf(blocked.write('x'));
    await settled();
    await blocked.abort('stop');
    expect([await blockedWrite, await reasonOf(aborted.receive()), aborted.stats().waitingSenders]).toEqual([
      'stop',
      'stop',
      0,
    ]);
  });

  it('is filled from iterables and streams, with their errors', async () => {
    expect(await collect(Channel.from([1, 2, 3]))).toEqual([1, 2, 3]);
    const stream = new ReadableStream<number>({
      start(controller) {
        for (const value of [4, 5]) controller.enqueue(value);
        controller.close();
      },
    });
    expect(await collect(Channel.from(stream, { capacity: 1 }))).toEqual([4, 5]);
    const failing = Channel.from(
      (async function* () {
        yield 1;
        throw new Error('source');
      })(),
    );
    expect(await failing.receive()).toBe(1);
    expect(await reasonOf(failing.receive())).toMatchObject({ message: 'source' });
    let [finished, cancelled] = [false, false];
    const endless = Channel.from(
      (function* () {
        try {
          for (let i = 0; ; i++) yield i;
        } finally {
          finished = true;
        }
      })(),
    );
    const endlessStream = Channel.from(
      new ReadableStream<number>({
        pull: (controller) => controller.enqueue(1),
        cancel: () => {
          cancelled = true;
        },
      }),
    );
    await Promise.all([endless.receive(), endlessStream.receive()]);
    endless.close();
    endlessStream.close();
    await settled();
    expect([finished, cancelled]).toEqual([true, true]);
  });
});

describe('select', () => {
  const first = { u32: () => 0, float: () => 0, fill: () => undefined };
  const last = { u32: () => 0, float: () => 0.999, fill: () => undefined };

  it('does one of what can be done, by chance', async () => {
    const [a, b] = [Channel.bounded<string>(1), Channel.bounded<number>(1)];
    await a.send('a');
    expect(await select([receiveFrom(a), sendTo(b, 1)], { random: last })).toEqual({
      index: 1,
      kind: 'send',
      taken: true,
    });
    const chosen = await select([receiveFrom(a), sendTo(b, 2)], { random: last });
    expect(chosen).toEqual({ index: 0, kind: 'receive', value: 'a', done: false });
    if (chosen.index === 0) expect(chosen.value?.length).toBe(1);
    expect([a.size, b.size]).toEqual([0, 1]);
    await a.send('x');
    expect(await select([receiveFrom(a), receiveFrom(b)], { random: first })).toMatchObject({ index: 0 });
  });

  it('starves none: each of those ready is chosen about as often', async () => {
    const channels = [0, 1, 2].map(() => Channel.unbounded<number>());
    const counts = [0, 0, 0];
    let state = 1;
    const random = {
      u32: () => 0,
      fill: () => undefined,
      float: () => {
        state = (state * 48271) % 2147483647;
        return state / 2147483647;
      },
    };
    for (const channel of channels) for (let i = 0; i < 3000; i++) await channel.send(i);
    for (let i = 0; i < 3000; i++) {
      const { index } = await select(channels.map(receiveFrom), { random });
      counts[index] = (counts[index] as number) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('waits at all, and takes from one only', async () => {
    const [a, b] = [Channel.rendezvous<number>(), Channel.rendezvous<number>()];
    const selected = select([receiveFrom(a), receiveFrom(b), receiveFrom(a)]);
    expect([a.stats().waitingReceivers, b.stats().waitingReceivers]).toEqual([2, 1]);
    expect(b.trySend(5)).toBe(true);
    expect([a.trySend(6), b.trySend(7)]).toEqual([false, false]);
    expect(await selected).toEqual({ index: 1, kind: 'receive', value: 5, done: false });
    const sends = select([sendTo(a, 1), sendTo(b, 2)]);
    expect(await b.receive()).toBe(2);
    expect([await sends, a.tryReceive()]).toEqual([{ index: 1, kind: 'send', taken: true }, undefined]);
    const meets = select([sendTo(a, 3)]);
    expect(await select([receiveFrom(b), receiveFrom(a)])).toMatchObject({ index: 1, value: 3 });
    await meets;
  });

  it('hears of a channel that is closed, while waiting or before', async () => {
    const [a, b] = [Channel.rendezvous<number>(), Channel.rendezvous<number>()];
    const selected = select([receiveFrom(a), receiveFrom(b)]);
    b.close();
    expect(await selected).toEqual({ index: 1, kind: 'receive', value: undefined, done: true });
    expect(a.stats().waitingReceivers).toBe(0);
    const sends = reasonOf(select([receiveFrom(Channel.rendezvous<number>()), sendTo(a, 1)]));
    a.close();
    expect(await sends).toBeInstanceOf(ClosedError);
    expect(await reasonOf(select([sendTo(a, 1)]))).toBeInstanceOf(ClosedError);
    const failed = Channel.rendezvous<number>();
    const waits = reasonOf(select([receiveFrom(failed)]));
    failed.close('why');
    expect([await waits, await reasonOf(select([receiveFrom(failed)]))]).toEqual(['why', 'why']);
  });

  it('gives up by signal or timeout, having done nothing', async () => {
    const time = new ManualTime();
    const channel = new Channel<number>({ maxQueue: 1 });
    const counting = new CountingSignal();
    const aborted = reasonOf(select([receiveFrom(channel), sendTo(Channel.rendezvous(), 1)], counting));
    expect(counting.listeners).toBe(1);
    expect(await reasonOf(select([sendTo(Channel.rendezvous(), 1), receiveFrom(channel)]))).toBeInstanceOf(
      QueueFullError,
    );
    counting.abort('stop');
    expect([await aborted, counting.listeners]).toEqual(['stop', 0]);
    const late = reasonOf(select([receiveFrom(channel)], { timer: time, timeoutMs: 3 }));
    time.advance(3);
    expect(await late).toBeInstanceOf(TimeoutError);
    expect(channel.trySend(1)).toBe(false);
    expect(await reasonOf(select([receiveFrom(channel)], counting))).toBe('stop');
    expect(() => select([])).toThrow(TypeError);
  });

  it('without waiting, gives undefined where nothing can be done', async () => {
    const channel = Channel.bounded<number>(1);
    expect(trySelect([receiveFrom(channel)])).toBeUndefined();
    expect(trySelect([receiveFrom(channel), sendTo(channel, 3)])).toMatchObject({ index: 1 });
    expect(trySelect([sendTo(channel, 4)])).toBeUndefined();
    expect(trySelect([receiveFrom(channel)])).toMatchObject({ value: 3 });
    const dropping = Channel.dropping<number>(1);
    await dropping.send(1);
    expect(await select([sendTo(dropping, 2)])).toEqual({ index: 0, kind: 'send', taken: false });
    const unbounded = Channel.unbounded<number>({ limit: 0 });
    expect(await reasonOf(select([sendTo(unbounded, 2)]))).toBeInstanceOf(QueueFullError);
  });
});

describe('ChannelPool', () => {
  it('lends the one released last, resets it, and makes no more than it may', async () => {
    let made = 0;
    const reset: number[] = [];
    const pool = new ChannelPool({
      create: () => ({ id: ++made }),
      reset: ({ id }) => reset.push(id),
      max: 2,
    });
    const [a, b] = [await pool.acquire(), await pool.acquire()];
    const third = pool.acquire();
    await settled();
    expect(pool.stats()).toMatchObject({ size: 2, idle: 0, waiting: 1, created: 2 });
    a.release();
    const c = await third;
    expect([c.channel.id, reset]).toEqual([1, [1]]);
    expect(() => a.release()).toThrow(DoubleReleaseError);
    b.release();
    c.release();
    a[Symbol.dispose]();
    const again = await pool.acquire();
    expect([again.channel.id, pool.stats().hits, pool.stats().misses]).toEqual([1, 2, 2]);
    again.release();
  });

  it('destroys what is unhealthy, discarded, cannot be reset, or was idle too long', async () => {
    const time = new ManualTime();
    const destroyed: number[] = [];
    let made = 0;
    let healthy = true;
    const pool = new ChannelPool({
      create: async () => ({ id: ++made }),
      isHealthy: async () => healthy,
      reset: ({ id }) => {
        if (id === 3) throw new Error('cannot');
      },
      destroy: ({ id }) => destroyed.push(id),
      idleTimeoutMs: 100,
      max: 3,
      clock: time,
      timer: time,
    });
    (await pool.acquire()).release();
    healthy = false;
    const second = await pool.acquire();
    expect([second.channel.id, destroyed]).toEqual([2, [1]]);
    second.release({ discard: true });
    (await pool.acquire()).release();
    expect(destroyed).toEqual([1, 2, 3]);
    healthy = true;
    const pair = [await pool.acquire(), await pool.acquire()];
    pair[0]?.release();
    time.advance(60);
    pair[1]?.release();
    time.jump(1e9);
    time.advance(40);
    expect([destroyed, pool.stats().idle]).toEqual([[1, 2, 3, 4], 1]);
    time.advance(60);
    expect([destroyed, pool.stats().size, time.pending]).toEqual([[1, 2, 3, 4, 5], 0, 0]);
    expect(await reasonOf(pool.use(() => Promise.reject('failed')))).toBe('failed');
    expect(destroyed).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await pool.use(({ id }) => id)).toBe(7);
    pool.close();
    expect([destroyed.at(-1), time.pending]).toEqual([7, 0]);
    expect(await reasonOf(pool.acquire())).toBeInstanceOf(ClosedError);
  });

  it('shares channels when there are as many as may be, and those being made', async () => {
    let made = 0;
    const pool = new ChannelPool({ create: async () => ++made, max: 2, sharers: 2 });
    const leases = await Promise.all([1, 2, 3, 4].map(() => pool.acquire()));
    expect(leases.map(({ channel }) => channel).sort()).toEqual([1, 1, 2, 2]);
    const counting = new CountingSignal();
    const waits = reasonOf(pool.acquire({ signal: counting.signal }));
    await settled();
    counting.abort('no');
    expect([await waits, counting.listeners]).toEqual(['no', 0]);
    for (const lease of leases) lease.release();
    expect(pool.stats()).toMatchObject({ size: 2, idle: 2, created: 2 });
  });

  it('passes on why a channel could not be made, and lets those who wanted to share it try', async () => {
    let tries = 0;
    const pool = new ChannelPool({
      create: async () => {
        if (++tries === 1) throw new Error('refused');
        return tries;
      },
      max: 1,
      sharers: 2,
    });
    const [first, second] = [reasonOf(pool.acquire()), pool.acquire()];
    expect(await first).toMatchObject({ message: 'refused' });
    expect((await second).channel).toBe(2);
    expect(() => new ChannelPool({ max: 0 })).toThrow(RangeError);
  });

  it('makes channels where nothing else is said, and closes them', async () => {
    const pool = new ChannelPool();
    const lease = await pool.acquire();
    expect(lease.channel).toBeInstanceOf(Channel);
    const disposed = pool[Symbol.asyncDispose]();
    lease.release();
    await disposed;
    expect([lease.channel.closed, pool.stats().destroyed]).toEqual([true, 1]);
  });
});
