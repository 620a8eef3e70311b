/** The heaps against the twin in plain TypeScript, flatqueue and js-sdsl. */

import FlatQueue from 'flatqueue';
import { PriorityQueue as SdslQueue } from 'js-sdsl';
import { Heap, IndexedHeap, MinMaxHeap, PairingHeap } from '../../src/structures/heap/index.js';
import { HeapTwin } from '../baselines/structures/heap.js';
import { distinctU32 } from '../harness/random.js';
import { type Contender, type ContenderKind, defineSuite, ownCopy } from '../harness/suite.js';

interface Queue {
  push(id: number, priority: number): unknown;
  pop(): number | undefined;
  dispose?(): void;
}

/** js-sdsl holds entries and takes a comparator. */
class Sdsl implements Queue {
  readonly #queue = new SdslQueue<[number, number]>([], (a, b) => a[1] - b[1]);
  push(id: number, priority: number): void {
    this.#queue.push([id, priority]);
  }
  pop(): number | undefined {
    return this.#queue.pop()?.[0];
  }
}

/** The least end of a min-max heap. */
class OneEnd extends MinMaxHeap implements Queue {
  pop(): number | undefined {
    return this.popMin();
  }
}

interface Kind {
  readonly name: string;
  readonly kind: ContenderKind;
  readonly make: (size: number) => Queue;
}

const rivals: readonly Kind[] = [
  { name: 'typed arrays, 4-ary', kind: 'twin', make: () => new HeapTwin() },
  { name: 'flatqueue', kind: 'rival', make: () => new FlatQueue() },
  { name: 'flatqueue, fixed capacity', kind: 'rival', make: (size) => new FlatQueue(size) },
  { name: 'js-sdsl', kind: 'rival', make: () => new Sdsl() },
];
const plain: Kind = { name: 'Heap', kind: 'ours', make: () => new Heap() };
const variants: readonly Kind[] = [
  plain,
  { name: 'Heap, binary', kind: 'ours', make: () => new Heap({ arity: 2 }) },
  { name: 'Heap, 8-ary', kind: 'ours', make: () => new Heap({ arity: 8 }) },
  { name: 'Heap, stable', kind: 'ours', make: () => new Heap({ stable: true }) },
  { name: 'IndexedHeap', kind: 'ours', make: () => new IndexedHeap() },
  { name: 'MinMaxHeap', kind: 'ours', make: () => new OneEnd() },
  { name: 'PairingHeap', kind: 'ours', make: () => new PairingHeap() },
];

function pushPop(queue: Queue, priorities: Float64Array): number {
  for (let i = 0; i < priorities.length; i++) queue.push(i, priorities[i] as number);
  let sum = 0;
  for (let i = 0; i < priorities.length; i++) sum = (Math.imul(sum, 31) + (queue.pop() as number)) | 0;
  return sum;
}

/** A queue of steady size, as a simulation's is: the first leaves, and a later one enters. */
function hold(queue: Queue, priorities: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < priorities.length; i++) {
    const id = queue.pop() as number;
    sum = (Math.imul(sum, 31) + id) | 0;
    queue.push(i, (priorities[i] as number) + 1);
  }
  return sum;
}

function contender(kind: Kind, priorities: Float64Array, full: boolean): Contender {
  return {
    name: kind.name,
    kind: kind.kind,
    prepare: () => {
      const loop = full ? ownCopy(hold) : ownCopy(pushPop);
      let queue: Queue;
      return {
        before: () => {
          queue = kind.make(priorities.length + 1);
          for (let i = 0; full && i < priorities.length; i++) queue.push(i, priorities[i] as number);
        },
        run: () => loop(queue, priorities),
        after: () => queue.dispose?.(),
      };
    },
  };
}

export const suite = defineSuite('structures/heap', (bench) => {
  for (const size of bench.sizes) {
    // All different: heaps need not agree on the order of equal ones.
    const priorities = Float64Array.from(distinctU32(size, 1), (key) => key / 2 ** 32);
    const add = (operation: string, distribution: string, contenders: Contender[]) =>
      bench.compare({ operation, size, distribution, contenders });
    add(
      'push+pop',
      'uniform',
      [plain, ...rivals].map((kind) => contender(kind, priorities, false)),
    );
    add(
      'hold',
      'uniform',
      [plain, ...rivals].map((kind) => contender(kind, priorities, true)),
    );
    add(
      'push+pop, each variant',
      'uniform',
      [...variants, ...rivals.slice(1, 2)].map((kind) => contender(kind, priorities, false)),
    );
    const ids = Uint32Array.from(priorities, (_, i) => i);
    add('sort by a batch', 'uniform', [
      {
        name: 'Heap.from, popMany',
        kind: 'ours',
        prepare: () => ({
          run: () => {
            using heap = Heap.from(ids, priorities);
            return heap.popMany(size).priorities[size >> 1] as number;
          },
        }),
      },
      {
        name: 'Float64Array.sort',
        kind: 'native',
        prepare: () => ({ run: () => priorities.slice().sort()[size >> 1] as number }),
      },
    ]);
  }
});
