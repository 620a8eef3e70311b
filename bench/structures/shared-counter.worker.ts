/** A thread of the benches of shared counters: adds so many times, in one of these ways. */

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Arena, type SharedArena } from '../../bindings/index.js';
import { SharedCounter } from '../../src/structures/shared-counter/index.js';

export interface CounterWork {
  readonly shared: SharedArena;
  /** Without one, `Atomics.add` to this. */
  readonly native?: SharedArrayBuffer;
}

if (parentPort !== null) work(parentPort, workerData as CounterWork);

function work(port: MessagePort, { shared, native }: CounterWork): void {
  const counter = SharedCounter.open(Arena.attach(shared), 'counter');
  const words = native && new BigInt64Array(native);
  port.on('message', (count: number) => {
    if (words === undefined) for (let i = 0; i < count; i++) counter.add();
    else for (let i = 0; i < count; i++) Atomics.add(words, 0, 1n);
    port.postMessage(count);
  });
  port.postMessage('ready');
}
