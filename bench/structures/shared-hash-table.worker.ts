/** A thread of the benches of shared hash tables: works on one in a shared arena, or owns a Map that others ask. */

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Arena, type SharedArena } from '../../bindings/index.js';
import { SharedHashTable } from '../../src/structures/shared-hash-table/index.js';
import { generator } from '../harness/random.js';

export interface TableWork {
  readonly shared?: SharedArena;
  readonly keys: number;
  readonly seed: number;
}

export const VALUE = new Uint8Array(100).fill(65);

export function keyOf(index: number): Uint8Array {
  return Uint8Array.from(`key:${String(index).padStart(12, '0')}`, (letter) => letter.charCodeAt(0));
}

if (parentPort !== null) work(parentPort, workerData as TableWork);

function work(port: MessagePort, { shared, keys: count, seed }: TableWork): void {
  if (shared === undefined) {
    const values = new Map(Array.from({ length: count }, (_, i) => [i, VALUE]));
    port.on('message', (key: number) => port.postMessage(values.get(key)));
    port.postMessage('ready');
    return;
  }
  const table = SharedHashTable.open(Arena.attach(shared), 'table');
  const keys = Array.from({ length: count }, (_, i) => keyOf(i));
  const random = generator(seed);
  const order = Uint32Array.from({ length: 1 << 16 }, () => random() * count);
  const writes = Uint8Array.from({ length: 1 << 16 }, () => (random() < 0.05 ? 1 : 0));
  const out = new Uint8Array(256);
  port.on('message', (operations: number) => {
    let found = 0;
    for (let i = 0; i < operations; i++) {
      const key = keys[order[i & 0xffff] as number] as Uint8Array;
      if (writes[i & 0xffff] === 1) table.set(key, VALUE);
      else if (table.getInto(key, out) >= 0) found++;
    }
    port.postMessage(found);
  });
  port.postMessage('ready');
}
