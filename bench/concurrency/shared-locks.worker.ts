/** A thread of the benches of locks: takes and gives back so many times, or owns a lock that others ask for by messages. */

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Arena, type SharedArena } from '../../bindings/index.js';
import { SharedMutex, SharedReadWriteLock } from '../../src/concurrency/shared-locks/index.js';

export interface LockWork {
  readonly shared: SharedArena;
  readonly mode: 'mutex' | 'read' | 'owner';
}

if (parentPort !== null) work(parentPort, workerData as LockWork);

function work(port: MessagePort, { shared, mode }: LockWork): void {
  if (mode === 'owner') {
    own(port);
  } else {
    const arena = Arena.attach(shared);
    const mutex = mode === 'mutex' ? SharedMutex.open(arena, 'mutex') : undefined;
    const lock = mode === 'read' ? SharedReadWriteLock.open(arena, 'lock') : undefined;
    port.on('message', (count: number) => {
      for (let i = 0; i < count; i++) (mutex?.acquireSync() ?? lock?.readSync())?.release();
      port.postMessage(count);
    });
  }
  port.postMessage('ready');
}

/** Lends by turns to who asks, and answers; what is given back is a message, too. */
function own(port: MessagePort): void {
  let held = false;
  let waiting = 0;
  port.on('message', (message: 'take' | 'give') => {
    if (message === 'take') waiting++;
    else held = false;
    if (held || waiting === 0) return;
    held = true;
    waiting--;
    port.postMessage('yours');
  });
}
