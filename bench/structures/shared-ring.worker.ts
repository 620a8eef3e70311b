/** The other thread of the benches of shared rings: takes records from a ring or a port, and says what it had. */

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Arena, type SharedArena } from '../../bindings/index.js';
import { SharedRing } from '../../src/structures/shared-ring/index.js';

export type RingWork = { readonly shared: SharedArena; readonly mode: 'one by one' | 'into' | 'many' | 'echo' };

if (parentPort !== null) work(parentPort, workerData as RingWork | { readonly echo: boolean });

function work(port: MessagePort, given: RingWork | { readonly echo: boolean }): void {
  if ('shared' in given) ringWork(port, given);
  else portWork(port, given.echo);
}

/** Each message is a count of records to take: answers with the sum of their first bytes. */
function ringWork(port: MessagePort, { shared, mode }: RingWork): void {
  const arena = Arena.attach(shared);
  const ring = SharedRing.open(arena, 'there');
  const back = mode === 'echo' ? SharedRing.open(arena, 'back') : undefined;
  const target = new Uint8Array(4096);
  port.on('message', (count: number) => {
    let sum = 0;
    for (let left = count; left > 0; ) {
      if (mode === 'many') {
        const records = ring.shiftMany(256);
        for (let i = 0; i < records.length; i++) sum += (records[i] as Uint8Array)[0] as number;
        left -= records.length;
        continue;
      }
      if (mode === 'into') {
        ring.shiftInto(target);
        sum += target[0] as number;
      } else {
        const record = ring.shift() as Uint8Array;
        sum += record[0] as number;
        back?.push(record);
      }
      left--;
    }
    port.postMessage(sum);
  });
  port.postMessage('ready');
}

/** A count of messages to come, and then they. */
function portWork(port: MessagePort, echo: boolean): void {
  let left = 0;
  let sum = 0;
  port.on('message', (message: number | Uint8Array | Uint8Array[]) => {
    if (typeof message === 'number') {
      left = message;
      sum = 0;
      return;
    }
    if (echo) port.postMessage(message);
    if (message instanceof Uint8Array) {
      sum += message[0] as number;
      left--;
    } else {
      for (let i = 0; i < message.length; i++) sum += (message[i] as Uint8Array)[0] as number;
      left -= message.length;
    }
    if (left === 0) port.postMessage(sum);
  });
  port.postMessage('ready');
}
