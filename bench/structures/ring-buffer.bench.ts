/** Bounded queues of numbers, one by one and in batches, and of byte records. */

import Denque from 'denque';
import * as mnemonist from 'mnemonist';
import { NumberRing, RingBuffer } from '../../src/structures/ring-buffer/index.js';
import { NumberRingTwin } from '../baselines/structures/ring-buffer.js';
import { defineSuite } from '../harness/suite.js';

interface Queue {
  push(value: number): unknown;
  shift(): number | undefined;
}

/** Its typings leave these two out. */
const { CircularBuffer, FixedDeque } = mnemonist as unknown as Record<
  'CircularBuffer' | 'FixedDeque',
  new (
    slots: Float64ArrayConstructor,
    capacity: number,
  ) => Queue
>;

const CAPACITY = 4096;

/** Fills the queue half, then pushes and shifts in turn. */
function churn(queue: Queue, size: number): number {
  let sum = 0;
  for (let i = 0; i < CAPACITY / 2; i++) queue.push(i);
  for (let i = 0; i < size; i++) {
    queue.push(i);
    sum += queue.shift() as number;
  }
  while (queue.shift() !== undefined);
  return sum;
}

export const suite = defineSuite('structures/ring-buffer', (bench) => {
  const size = bench.smoke ? 1000 : 1_000_000;
  const ring = new NumberRing({ capacity: CAPACITY, whenFull: 'overwrite' });
  const queues = [
    { name: 'NumberRing', kind: 'ours', queue: ring },
    { name: 'typed array and mask', kind: 'twin', queue: new NumberRingTwin(CAPACITY) },
    { name: 'denque', kind: 'rival', queue: new Denque<number>([], { capacity: CAPACITY }) },
    { name: 'mnemonist CircularBuffer', kind: 'rival', queue: new CircularBuffer(Float64Array, CAPACITY) },
    { name: 'mnemonist FixedDeque', kind: 'rival', queue: new FixedDeque(Float64Array, CAPACITY) },
    { name: 'array', kind: 'native', queue: [] as number[] },
  ] as const;
  bench.compare({
    operation: 'push and shift',
    size,
    distribution: 'f64, 2048 of 4096',
    contenders: queues.map(({ name, kind, queue }) => ({
      name,
      kind,
      prepare: () => ({ run: () => churn(queue as Queue, size) }),
    })),
  });

  const batch = Float64Array.from({ length: 1024 }, (_, i) => i);
  const out = new Float64Array(1024);
  const rounds = size / 1000;
  bench.compare({
    operation: 'push and shift 1024 at once',
    size: rounds * 1024,
    distribution: 'f64',
    contenders: queues.map(({ name, kind, queue }) => ({
      name,
      kind,
      prepare: () => ({
        run: () => {
          let sum = 0;
          for (let round = 0; round < rounds; round++) {
            if (queue instanceof NumberRing) {
              queue.pushMany(batch);
              queue.shiftInto(out);
            } else {
              for (let i = 0; i < 1024; i++) (queue as Queue).push(batch[i] as number);
              for (let i = 0; i < 1024; i++) out[i] = (queue as Queue).shift() as number;
            }
            sum += out[round % 1024] as number;
          }
          return sum;
        },
      }),
    })),
  });

  const records = Array.from({ length: 256 }, (_, i) => new Uint8Array(20 + (i % 50)).fill(i));
  const some = size / 10;
  const bytes = new RingBuffer({ capacity: CAPACITY, capacityBytes: 64 * CAPACITY });
  const denque = new Denque<Uint8Array>([], { capacity: CAPACITY });
  const turn = (push: (record: Uint8Array) => void, shift: () => Uint8Array): number => {
    let sum = 0;
    for (let i = 0; i < some; i++) {
      push(records[i % 256] as Uint8Array);
      sum += shift()[0] as number;
    }
    return sum;
  };
  bench.compare({
    operation: 'push and shift a record',
    size: some,
    distribution: '20 to 69 bytes, copied',
    contenders: [
      {
        name: 'RingBuffer',
        kind: 'ours',
        prepare: () => ({
          run: () =>
            turn(
              (record) => void bytes.push(record),
              () => bytes.shift() as Uint8Array,
            ),
        }),
      },
      {
        name: 'denque of copies',
        kind: 'rival',
        prepare: () => ({
          run: () =>
            turn(
              (record) => void denque.push(record.slice()),
              () => denque.shift() as Uint8Array,
            ),
        }),
      },
    ],
  });
});
