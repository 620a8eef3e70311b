/** Values from task to task: with room, without, and among many tasks. */

import { Repeater } from '@repeaterjs/repeater';
import { Effect, Queue } from 'effect';
import { Channel } from '../../src/concurrency/channel/index.js';
import { defineSuite } from '../harness/suite.js';

const CAPACITY = 64;

export const suite = defineSuite('concurrency/channel', (bench) => {
  const size = bench.smoke ? 200 : 20_000;

  bench.compare({
    operation: 'one sends, one receives',
    size,
    distribution: `capacity ${CAPACITY}`,
    contenders: [
      {
        name: 'Channel',
        kind: 'ours',
        prepare: () => ({
          run: async () => {
            const channel = Channel.bounded<number>(CAPACITY);
            const sending = (async () => {
              for (let i = 0; i < size; i++) await channel.send(i);
              channel.close();
            })();
            let sum = 0;
            for (let got = await channel.receive(); got !== undefined; got = await channel.receive()) sum += got;
            await sending;
            return sum;
          },
        }),
      },
      {
        name: 'Effect Queue',
        kind: 'rival',
        prepare: () => ({ run: () => Effect.runPromise(effectPipe(size)) }),
      },
      {
        name: '@repeaterjs/repeater',
        kind: 'rival',
        prepare: () => ({
          run: async () => {
            const repeater = new Repeater<number>(async (push, stop) => {
              for (let i = 0; i < size; i++) await push(i);
              stop();
            });
            let sum = 0;
            for await (const value of repeater) sum += value;
            return sum;
          },
        }),
      },
      {
        name: 'TransformStream',
        kind: 'native',
        prepare: () => ({
          run: async () => {
            const { readable, writable } = new TransformStream<number, number>(undefined, { highWaterMark: CAPACITY });
            const writer = writable.getWriter();
            const sending = (async () => {
              for (let i = 0; i < size; i++) {
                await writer.ready;
                void writer.write(i);
              }
              await writer.close();
            })();
            const reader = readable.getReader();
            let sum = 0;
            for (let read = await reader.read(); !read.done; read = await reader.read()) sum += read.value;
            await sending;
            return sum;
          },
        }),
      },
    ],
  });

  bench.compare({
    operation: 'iterate',
    size,
    distribution: 'rendezvous',
    contenders: [
      {
        name: 'Channel',
        kind: 'ours',
        prepare: () => ({
          run: async () => {
            const channel = Channel.rendezvous<number>();
            const sending = (async () => {
              for (let i = 0; i < size; i++) await channel.send(i);
              channel.close();
            })();
            let sum = 0;
            for await (const value of channel) sum += value;
            await sending;
            return sum;
          },
        }),
      },
      {
        name: '@repeaterjs/repeater',
        kind: 'rival',
        prepare: () => ({
          run: async () => {
            const repeater = new Repeater<number>(async (push, stop) => {
              for (let i = 0; i < size; i++) await push(i);
              stop();
            });
            let sum = 0;
            for await (const value of repeater) sum += value;
            return sum;
          },
        }),
      },
    ],
  });
});

/** In the style its users write, one fiber for each side. */
function effectPipe(size: number): Effect.Effect<number> {
  return Effect.gen(function* () {
    const queue = yield* Queue.bounded<number>(CAPACITY);
    yield* Effect.forkChild(
      Effect.gen(function* () {
        for (let i = 0; i < size; i++) yield* Queue.offer(queue, i);
      }),
    );
    let sum = 0;
    for (let i = 0; i < size; i++) sum += yield* Queue.take(queue);
    return sum;
  });
}
