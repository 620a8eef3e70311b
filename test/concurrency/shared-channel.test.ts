import { deserialize, serialize } from 'node:v8';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import { bytesCodec, SharedChannel } from '../../src/concurrency/channel/index.js';
import { ClosedError, QueueFullError, TimeoutError } from '../../src/concurrency/semaphore/index.js';
import { runWorker, workerFile } from '../support/worker.js';

let arena: Arena;
let other: Arena;

beforeEach(() => {
  arena = new Arena({ shared: true, maxBytes: 1 << 20 });
  other = Arena.attach(arena.share());
});

afterEach(() => arena.check());

describe('SharedChannel', () => {
  it('hands values over in order, each to one, and ends when it is closed and empty', async () => {
    const a = new SharedChannel<{ n: number }>({ arena, name: 'c', capacityBytes: 4096 });
    const b = SharedChannel.open<{ n: number }>(other, 'c');
    for (let n = 0; n < 5; n++) expect(await a.send({ n })).toBe(true);
    a.close();
    const got: number[] = [];
    for await (const { n } of b) got.push(n);
    expect(got).toEqual([0, 1, 2, 3, 4]);
    expect(await b.next()).toEqual({ value: undefined, done: true });
    expect([b.receiveSync(), b.tryReceive(), b.closed, b.size]).toEqual([undefined, undefined, true, 0]);
    await expect(a.send({ n: 6 })).rejects.toBeInstanceOf(ClosedError);
    expect(() => b.trySend({ n: 6 })).toThrow(ClosedError);
    expect(() => b.sendSync({ n: 6 })).toThrow(ClosedError);
    expect(a.stats()).toEqual({ size: 0, sent: 5, received: 5, dropped: 0 });
    a.dispose();
  });

  it('waits for room, and for values, as long as it is told to', async () => {
    const a = new SharedChannel<number>({ arena, name: 'c', capacity: 1, capacityBytes: 64 });
    const b = SharedChannel.open<number>(other, 'c');
    await a.send(1);
    const waiting = a.send(2);
    expect([await b.receive(), await waiting, await b.receive()]).toEqual([1, true, 2]);
    const reason = new Error('enough');
    const controller = new AbortController();
    const aborted = b.receive({ signal: controller.signal });
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await expect(b.next({ timeoutMs: 2 })).rejects.toBeInstanceOf(TimeoutError);
    expect(() => b.receiveSync({ timeoutMs: 2 })).toThrow(TimeoutError);
    a.sendSync(3);
    await expect(a.send(4, { timeoutMs: 2 })).rejects.toBeInstanceOf(TimeoutError);
    expect(() => a.sendSync(4, { timeoutMs: 2 })).toThrow(TimeoutError);
    expect(a.trySend(4)).toBe(false);
    expect(b.tryReceiveMany(10)).toEqual([3]);
    a.dispose();
  });

  it('drops or refuses what is too much, as each thread wants it', async () => {
    const a = new SharedChannel<number>({ arena, name: 'c', capacity: 2, capacityBytes: 64, overflow: 'drop-oldest' });
    for (let n = 0; n < 5; n++) expect(await a.send(n)).toBe(true);
    expect(a.trySend(5)).toBe(true);
    const newest = SharedChannel.open<number>(Arena.attach(arena.share()), 'c', { overflow: 'drop-newest' });
    expect([await newest.send(6), newest.trySend(6), newest.sendSync(6)]).toEqual([false, false, false]);
    const strict = SharedChannel.open<number>(other, 'c', { overflow: 'reject' });
    await expect(strict.send(7)).rejects.toBeInstanceOf(QueueFullError);
    expect(strict.trySend(7)).toBe(false);
    expect([a.tryReceiveMany(9), a.stats().dropped, newest.stats().dropped]).toEqual([[4, 5], 4, 3]);
    const reason = new Error('enough');
    await expect(a.send(8, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    a.dispose();
  });

  it('takes bytes, or what a codec takes', async () => {
    const bytes = new SharedChannel({ arena, name: 'bytes', codec: bytesCodec, capacityBytes: 1024 });
    await bytes.send(Uint8Array.of(1, 0, 255));
    expect([...(bytes.tryReceive() as Uint8Array)]).toEqual([1, 0, 255]);
    const codec = {
      encode: (value: Map<string, bigint>) => serialize(value),
      decode: (data: Uint8Array) => deserialize(data),
    };
    const maps = new SharedChannel({ arena, name: 'maps', codec, capacityBytes: 1024 });
    await maps.send(new Map([['a', 1n]]));
    expect(maps.tryReceive()).toEqual(new Map([['a', 1n]]));
    await expect(maps.send(Symbol('x') as never)).rejects.toThrow();
    expect(maps.size).toBe(0);
    bytes.dispose();
    maps.dispose();
  });

  it('is a stream on either side', async () => {
    const a = new SharedChannel<number>({ arena, name: 'c', capacityBytes: 64, capacity: 2 });
    const b = SharedChannel.open<number>(other, 'c');
    const source = new ReadableStream<number>({
      start(controller) {
        for (let n = 0; n < 20; n++) controller.enqueue(n);
        controller.close();
      },
    });
    const piped = source.pipeTo(a.toWritable());
    const got: number[] = [];
    const reader = b.toReadable().getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) got.push(read.value);
    await piped;
    expect(got).toEqual(Array.from({ length: 20 }, (_, n) => n));
    a.dispose();
  });

  it('is refused what it cannot be, and after it was disposed', async () => {
    expect(() => new SharedChannel({ arena, name: 'c', overflow: 'x' as never })).toThrow(RangeError);
    expect(() => new SharedChannel({ arena, name: 'c', codec: {} as never })).toThrow(TypeError);
    expect(() => new SharedChannel({ arena: new Arena(), name: 'c' })).toThrow(TypeError);
    expect(() => new SharedChannel(undefined as never)).toThrow(TypeError);
    const a = new SharedChannel<unknown>({ arena, name: 'c', capacityBytes: 1024 });
    await expect(a.send(undefined)).rejects.toThrow(/JSON has nothing for undefined/);
    const waiting = a.receive();
    a.dispose();
    await expect(waiting).rejects.toBeInstanceOf(ClosedError);
    await expect(a.send(1)).rejects.toThrow(/dispose\(\)/);
    expect(a.closed).toBe(true);
    a.close();
  });

  it('carries every value between threads, once', async () => {
    const jobs = new SharedChannel<number>({ arena, name: 'jobs', capacity: 8, capacityBytes: 512 });
    const results = new SharedChannel<[number, number]>({ arena, name: 'results', capacity: 8, capacityBytes: 512 });
    const file = workerFile(`
      import { parentPort, workerData } from 'node:worker_threads';
      import { Arena } from './bindings/index.ts';
      import { SharedChannel } from './src/concurrency/channel/index.ts';
      const arena = Arena.attach(workerData.shared);
      const jobs = SharedChannel.open(arena, 'jobs');
      const results = SharedChannel.open(arena, 'results');
      if (workerData.sync) {
        for (let n = jobs.receiveSync(); n !== undefined; n = jobs.receiveSync()) results.sendSync([n, n * n]);
      } else {
        for await (const n of jobs) await results.send([n, n * n]);
      }
      parentPort.postMessage('done');`);
    const workers = [true, false].map((sync) => runWorker<string>(file, { shared: arena.share(), sync }));
    const sending = (async () => {
      for (let n = 0; n < 400; n++) await jobs.send(n);
      jobs.close();
    })();
    const got = new Map<number, number>();
    for await (const [n, square] of results) {
      expect(got.has(n)).toBe(false);
      got.set(n, square);
      if (got.size === 400) results.close();
    }
    await sending;
    await Promise.all(workers.map(({ answer }) => answer));
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
    expect([...got].every(([n, square]) => square === n * n)).toBe(true);
  });
});
