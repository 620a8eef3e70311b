/** A thread of the benches of shared caches: works on a cache in a shared arena, or owns one that others ask for. */

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Arena, type SharedArena } from '../../bindings/index.js';
import { ByteCache } from '../../src/cache/byte-cache/index.js';
import { generator, zipfIndices } from '../harness/random.js';

/** What such a thread is given. */
export interface SharedWork {
  readonly shared: SharedArena;
  readonly keys: number;
  readonly seed: number;
}

export const KEY_BYTES = 16;

/** Keys side by side. */
export function keysOf(count: number): Buffer {
  const keys = Buffer.alloc(count * KEY_BYTES);
  for (let i = 0; i < count; i++) keys.write(`key:${String(i).padStart(12, '0')}`, i * KEY_BYTES, 'latin1');
  return keys;
}

if (parentPort !== null) work(parentPort, workerData as SharedWork);

function work(port: MessagePort, { shared, keys: count, seed }: SharedWork): void {
  const keys = keysOf(count);
  const cache = ByteCache.open(Arena.attach(shared), 'cache');
  const order = zipfIndices(1 << 16, count, seed);
  const random = generator(seed);
  const writes = Uint8Array.from({ length: 1 << 16 }, () => (random() < 0.05 ? 1 : 0));
  const out = new Uint8Array(256);
  const value = new Uint8Array(100).fill(65);
  let asker: MessagePort | undefined;
  port.on('message', (message: { operations: number } | { get: Uint8Array; port?: MessagePort }) => {
    if ('get' in message) {
      asker = message.port ?? asker;
      asker?.postMessage(cache.get(message.get));
      return;
    }
    let found = 0;
    for (let i = 0; i < message.operations; i++) {
      const at = (order[i & 0xffff] as number) * KEY_BYTES;
      const key = keys.subarray(at, at + KEY_BYTES);
      if (writes[i & 0xffff] === 1) cache.set(key, value);
      else if (cache.getInto(key, out) >= 0) found++;
    }
    port.postMessage(found);
  });
  port.postMessage('ready');
}
