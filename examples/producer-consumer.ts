/** A writer that keeps up with its readers: two consumers, a small buffer, what is urgent first. */

import { ProducerConsumer } from 'ashlar/concurrency/producer-consumer';

const written: string[] = [];
const writer = new ProducerConsumer<string>(
  async (line) => {
    await Promise.resolve();
    if (line === 'broken') throw new Error('cannot write');
    written.push(line);
  },
  { consumers: 2, capacity: 4, onError: (error, line) => console.log(`${line}: ${(error as Error).message}`) },
);

writer.pause();
await writer.produce('a');
await writer.produce('b');
await writer.produce('alarm', { priority: 10 });
await writer.produce('broken');
writer.resume();
await writer.produceFrom(['c', 'd', 'e']);
await writer.drain();
console.log(written.join(' '));
const { consumed, failed, dropped } = writer.stats();
console.log({ consumed, failed, dropped });

const latest = new ProducerConsumer<number>((n) => console.log('shown', n), { capacity: 1, overflow: 'drop-oldest' });
latest.pause();
for (let n = 0; n < 100; n++) await latest.produce(n);
await latest.drain();
console.log('dropped', latest.stats().dropped);

// Prints:
// broken: cannot write
// alarm a b c d e
// { consumed: 6, failed: 1, dropped: 0 }
// shown 99
// dropped 99
