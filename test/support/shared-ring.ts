/** A ring that worker threads share. */

import { Arena } from '../../bindings/index.js';
import { SharedRing } from '../../src/structures/shared-ring/index.js';

/** What every worker begins with. */
export const RING_WORKER = `
  import { parentPort, workerData } from 'node:worker_threads';
  import { Arena } from './bindings/index.ts';
  import { SharedRing } from './src/structures/shared-ring/index.ts';
  import { seededRandom } from './test/support/random.ts';
  const arena = Arena.attach(workerData.shared);
  const ring = SharedRing.open(arena, 'ring');
  const random = seededRandom(workerData.seed);
  // A record says who made it, its number, and then its number again and again.
  const make = (who, number) => {
    const words = new Uint32Array(3 + random.below(20)).fill(number);
    words[0] = who;
    return new Uint8Array(words.buffer);
  };
  const read = (record) => {
    const words = new Uint32Array(record.buffer);
    if (words.subarray(1).some((word) => word !== words[1])) throw new Error('torn: ' + words);
    return [words[0], words[1]];
  };
`;

/** A ring in an arena of its own. */
export function sharedRing(end: 'one' | 'many', capacityBytes = 2000, capacity = 50) {
  const arena = new Arena({ shared: true, maxBytes: 1 << 20 });
  return {
    arena,
    ring: new SharedRing({ arena, name: 'ring', capacityBytes, capacity, producers: end, consumers: end }),
  };
}
