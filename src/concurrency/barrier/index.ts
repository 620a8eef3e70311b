/** `ashlar/concurrency/barrier`: tasks that wait for each other, for events, and for what is done once. */
export { Barrier, type BarrierOptions, BrokenBarrierError } from './barrier.js';
export { CountDownLatch, type CountDownLatchOptions } from './count-down-latch.js';
export { Once, type OnceOptions } from './once.js';
