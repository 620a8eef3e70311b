/** Promises in the order of native ones, a promise settled from outside, and rejections that nobody handled. */

import { AshlarPromise, deferred, trackRejections } from 'ashlar/concurrency/promise';

const order: string[] = [];
AshlarPromise.resolve()
  .then(() => order.push('ashlar 1'))
  .then(() => order.push('ashlar 2'));
Promise.resolve()
  .then(() => order.push('native 1'))
  .then(() => order.push('native 2'));
await new Promise((resolve) => setTimeout(resolve));
console.log(order.join(', '));

const { promise, resolve } = deferred<string>();
resolve('settled from outside');
console.log(await promise);

const settled = await AshlarPromise.allSettled([1, AshlarPromise.reject('no')]);
console.log(settled.map(({ status }) => status).join(' '));
console.log(await AshlarPromise.any([AshlarPromise.reject('no'), 2]));

class Tracked<T> extends AshlarPromise<T> {}
console.log(Tracked.resolve(1).then(() => 2) instanceof Tracked);

const stop = trackRejections({ onUnhandled: (reason) => console.log('unhandled:', reason) });
AshlarPromise.reject('lost');
AshlarPromise.reject('kept').catch(() => undefined);
await new Promise((resolve) => setTimeout(resolve, 1));
stop();

// Prints:
// ashlar 1, native 1, ashlar 2, native 2
// settled from outside
// fulfilled rejected
// 2
// true
// unhandled: lost
