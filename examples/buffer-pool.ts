/** Buffers for messages: lent from a few blocks, cut without copying, and given back by whoever has a part. */

import { BufferPool, type PooledBuffer } from 'ashlar/concurrency/buffer-pool';

using pool = new BufferPool({ maxBytes: 1 << 20, smallestBytes: 256, largestBytes: 4096, tracksLeaks: true });

// Something is read into a buffer: a length, and then a body.
using message = await pool.acquire(300, { signal: AbortSignal.timeout(1000) });
message.bytes[0] = 5;
message.bytes.set(new TextEncoder().encode('hello, and what follows'), 1);

// The body goes elsewhere without a copy; it outlives the message.
function bodyOf(whole: PooledBuffer): PooledBuffer {
  return whole.slice(1, 1 + (whole.bytes[0] as number));
}
const body = bodyOf(message);
message.release();
console.log(new TextDecoder().decode(body.bytes), body.capacity, pool.stats().usedBytes);

// What is out, and where it was taken.
const [held] = pool.leaks();
console.log(held?.bytes, held?.taken.stack?.includes('bodyOf'));

body.release();
console.log(pool.stats().usedBytes, pool.stats().peakUsedBytes);
try {
  body.release();
} catch (error) {
  console.log((error as Error).message);
}

// Prints:
// hello 512 512
// 5 true
// 0 512
// The buffer was released before: release it once
