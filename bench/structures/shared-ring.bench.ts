/** Messages from one thread to another: through a ring in shared memory, and by MessagePort. */

import { Worker } from 'node:worker_threads';
import { Arena } from '../../bindings/index.js';
import { SharedRing } from '../../src/structures/shared-ring/index.js';
import { type BenchContext, type Contender, defineSuite } from '../harness/suite.js';
import type { RingWork } from './shared-ring.worker.js';

const CAPACITY_BYTES = 1 << 20;
const BATCH = 100;

export const suite = defineSuite('structures/shared-ring', (bench) => {
  for (const bytes of [64, 1024]) oneWay(bench, bytes);
  batches(bench, 64);
  roundTrips(bench, 64);
});

function oneWay(bench: BenchContext, bytes: number): void {
  const operations = bench.smoke ? 200 : 50_000;
  const message = messageOf(bytes);
  const each = (ring: SharedRing): void => {
    for (let i = 0; i < operations; i++) {
      message[0] = i;
      ring.push(message);
    }
  };
  bench.compare({
    operation: 'one by one to another thread',
    size: bytes,
    distribution: 'bytes a message',
    operations,
    contenders: [
      ringContender('SharedRing, one producer and consumer', 'one', 'one by one', operations, each),
      ringContender('SharedRing, one, taken into a buffer', 'one', 'into', operations, each),
      ringContender('SharedRing, many', 'many', 'one by one', operations, each),
      portContender('MessagePort', operations, (worker) => {
        for (let i = 0; i < operations; i++) {
          message[0] = i;
          worker.postMessage(message);
        }
      }),
    ],
  });
}

function batches(bench: BenchContext, bytes: number): void {
  const operations = bench.smoke ? 200 : 50_000;
  const messages = Array.from({ length: BATCH }, () => messageOf(bytes));
  const fill = (from: number): Uint8Array[] => {
    for (let i = 0; i < BATCH; i++) (messages[i] as Uint8Array)[0] = from + i;
    return messages;
  };
  const each = (ring: SharedRing): void => {
    for (let i = 0; i < operations; i += BATCH) ring.pushMany(fill(i));
  };
  bench.compare({
    operation: `${BATCH} at once to another thread`,
    size: bytes,
    distribution: 'bytes a message',
    operations,
    contenders: [
      ringContender('SharedRing, one producer and consumer', 'one', 'many', operations, each),
      ringContender('SharedRing, many', 'many', 'many', operations, each),
      portContender('MessagePort, arrays of messages', operations, (worker) => {
        for (let i = 0; i < operations; i += BATCH) worker.postMessage(fill(i));
      }),
    ],
  });
}

function roundTrips(bench: BenchContext, bytes: number): void {
  const operations = bench.smoke ? 20 : 5000;
  const message = messageOf(bytes);
  bench.compare({
    operation: 'there and back',
    size: bytes,
    distribution: 'bytes a message',
    operations,
    contenders: [
      ringContender('SharedRing, one producer and consumer', 'one', 'echo', operations, (ring, back) => {
        for (let i = 0; i < operations; i++) {
          message[0] = i;
          ring.push(message);
          back.shift();
        }
      }),
      {
        name: 'MessagePort',
        kind: 'rival',
        prepare: () => {
          const ready = started({ echo: true });
          return {
            run: async () => {
              const worker = await ready;
              worker.postMessage(operations);
              for (let i = 0; i < operations; i++) {
                message[0] = i;
                worker.postMessage(message);
                await answer(worker);
              }
              return (await answer(worker)) as number;
            },
            dispose: () => void ready.then((worker) => worker.terminate()),
          };
        },
      },
    ],
  });
}

function ringContender(
  name: string,
  end: 'one' | 'many',
  mode: RingWork['mode'],
  operations: number,
  send: (ring: SharedRing, back: SharedRing) => void,
): Contender {
  return {
    name,
    kind: 'ours',
    prepare: () => {
      const arena = new Arena({ shared: true, maxBytes: 8 << 20 });
      const made = { arena, capacityBytes: CAPACITY_BYTES, producers: end, consumers: end };
      const ring = new SharedRing({ ...made, name: 'there' });
      const back = new SharedRing({ ...made, name: 'back' });
      const ready = started({ shared: arena.share(), mode });
      return {
        run: async () => {
          const worker = await ready;
          const sum = answer(worker);
          worker.postMessage(operations);
          send(ring, back);
          return (await sum) as number;
        },
        dispose: () => void ready.then((worker) => worker.terminate()),
      };
    },
  };
}

function portContender(name: string, operations: number, send: (worker: Worker) => void): Contender {
  return {
    name,
    kind: 'rival',
    prepare: () => {
      const ready = started({ echo: false });
      return {
        run: async () => {
          const worker = await ready;
          const sum = answer(worker);
          worker.postMessage(operations);
          send(worker);
          return (await sum) as number;
        },
        dispose: () => void ready.then((worker) => worker.terminate()),
      };
    },
  };
}

async function started(workerData: RingWork | { echo: boolean }): Promise<Worker> {
  const worker = new Worker(new URL('./shared-ring.worker.mjs', import.meta.url), { workerData });
  await answer(worker);
  return worker;
}

function answer(worker: Worker): Promise<unknown> {
  return new Promise((resolve) => worker.once('message', resolve));
}

function messageOf(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => i);
}
