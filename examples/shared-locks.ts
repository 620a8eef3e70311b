/** A mutex between threads, one of which dies while it holds it. A worker attaches to what it is posted; here all are in one thread. */

import { Arena } from 'ashlar';
import { SharedCountDownLatch, SharedMutex } from 'ashlar/concurrency/shared-locks';

const arena = new Arena({ shared: true, maxBytes: 2 ** 20 });
const ledger = new SharedMutex({ arena, name: 'ledger' });
const booked = new SharedCountDownLatch({ arena, name: 'booked', count: 2 });
// What is taken from one account and put into the other.
const accounts = new Int32Array(new SharedArrayBuffer(8)).fill(100);

// In a worker: const arena = Arena.attach(workerData.shared); const ledger = SharedMutex.open(arena, 'ledger'); …
const doomed = Arena.attach(arena.share());
SharedMutex.open(doomed, 'ledger').acquireSync();
accounts[0] = 70;

async function book(worker: Arena): Promise<void> {
  await SharedMutex.open(worker, 'ledger').use((permit) => {
    if (permit.abandoned) {
      console.log('found', accounts.join(' and '));
      accounts[0] = 200 - (accounts[1] as number);
    }
    accounts[0] = (accounts[0] as number) - 10;
    accounts[1] = (accounts[1] as number) + 10;
  });
  SharedCountDownLatch.open(worker, 'booked').countDown();
}

for (const worker of [Arena.attach(arena.share()), Arena.attach(arena.share())]) void book(worker);
console.log('locked:', ledger.locked, 'waiting:', ledger.waiting);

// worker.on('exit', () => arena.bury(number))
arena.bury(doomed.participant?.number ?? 0);
await booked.wait();
console.log('left', accounts.join(' and '));

// Prints:
// locked: true waiting: 2
// found 70 and 100
// left 80 and 120
