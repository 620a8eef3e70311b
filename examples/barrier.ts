/** Three workers go through two rounds together; a start that waits for two events; a connection that is made once. */

import { Barrier, CountDownLatch, Once } from 'ashlar/concurrency/barrier';

const log: string[] = [];
const barrier = new Barrier(3, { action: () => console.log('together:', log.splice(0).sort().join(' ')) });
const worker = async (name: string) => {
  for (const round of [1, 2]) {
    log.push(`${name}${round}`);
    await barrier.arrive();
  }
};
await Promise.all(['a', 'b', 'c'].map(worker));

const ready = new CountDownLatch(2);
const start = ready.wait().then(() => console.log('started'));
ready.countDown();
console.log('still', ready.count);
ready.countDown();
await start;

let attempts = 0;
const connection = new Once(
  async () => {
    attempts++;
    if (attempts === 1) throw new Error('refused');
    return `connection ${attempts}`;
  },
  { resetOnFailure: true },
);
await connection.get().catch((error) => console.log(error.message));
console.log(await Promise.all([connection.get(), connection.get()]));

// Prints:
// together: a1 b1 c1
// together: a2 b2 c2
// still 1
// started
// refused
// [ 'connection 2', 'connection 2' ]
