/** At most two downloads at once, a counter that tasks change one after the other, and a wait that is given up. */

import { Condition, Mutex, Semaphore } from 'ashlar/concurrency/semaphore';

const slots = new Semaphore(2);
let running = 0;
let most = 0;
const download = slots.wrap(async (name: string) => {
  most = Math.max(most, ++running);
  await Promise.resolve();
  running--;
  return `${name} done`;
});
console.log((await Promise.all(['a', 'b', 'c', 'd'].map((name) => download(name)))).join(', '));
console.log('at most', most);

const mutex = new Mutex();
let balance = 100;
const withdraw = (amount: number) =>
  mutex.use(async () => {
    const before = balance;
    await Promise.resolve();
    balance = before - amount;
  });
await Promise.all([withdraw(30), withdraw(20)]);
console.log('balance', balance);

const filled = new Condition(mutex);
const queue: string[] = [];
const consumer = (async () => {
  using _held = await filled.waitUntil(await mutex.acquire(), () => queue.length > 0);
  console.log('took', queue.shift());
})();
await mutex.use(() => {
  queue.push('a letter');
  filled.notify();
});
await consumer;

{
  using _held = await mutex.acquire();
  await mutex.acquire({ timeoutMs: 5 }).catch((error) => console.log(error.message));
}
console.log('locked', mutex.locked);

// Prints:
// a done, b done, c done, d done
// at most 2
// balance 50
// took a letter
// Semaphore.acquire timed out after 5 ms
// locked false
