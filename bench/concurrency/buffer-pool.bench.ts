/** Buffers that are taken, written to and given back, beside those that the platform allocates each time. */

import { BufferPool } from '../../src/concurrency/buffer-pool/index.js';
import { type Contender, defineSuite } from '../harness/suite.js';

/** As many are out at a time, as in a queue of messages. */
const OUT = 64;

export const suite = defineSuite('concurrency/buffer-pool', (bench) => {
  const turns = bench.smoke ? 100 : 20_000;
  for (const bytes of [512, 4096, 65_536]) {
    bench.compare({
      operation: 'acquire, write, release',
      size: bytes,
      distribution: `bytes, ${OUT} out`,
      operations: turns,
      contenders: [
        pooled('BufferPool', bytes, turns, false),
        pooled('BufferPool, zeros', bytes, turns, true),
        allocated('Buffer.allocUnsafe', bytes, turns, (length) => Buffer.allocUnsafe(length)),
        allocated('new Uint8Array', bytes, turns, (length) => new Uint8Array(length)),
      ],
    });
  }
});

function pooled(name: string, bytes: number, turns: number, zeros: boolean): Contender {
  return {
    name,
    kind: 'ours',
    prepare: () => {
      const pool = new BufferPool({ classes: [{ bytes, count: OUT + 1 }], zeros });
      return {
        run: () => {
          const out = Array.from({ length: OUT }, () => taken(pool, bytes));
          let sum = 0;
          for (let i = 0; i < turns; i++) {
            const next = taken(pool, bytes);
            next.bytes[i % bytes] = i & 127;
            sum += next.bytes[i % bytes] as number;
            out[i % OUT]?.release();
            out[i % OUT] = next;
          }
          for (const buffer of out) buffer.release();
          return sum;
        },
      };
    },
  };
}

function taken(pool: BufferPool, bytes: number) {
  const buffer = pool.tryAcquire(bytes);
  if (buffer === undefined) throw new Error('nothing is free');
  return buffer;
}

function allocated(name: string, bytes: number, turns: number, make: (bytes: number) => Uint8Array): Contender {
  return {
    name,
    kind: 'native',
    prepare: () => ({
      run: () => {
        const out = Array.from({ length: OUT }, () => make(bytes));
        let sum = 0;
        for (let i = 0; i < turns; i++) {
          const next = make(bytes);
          next[i % bytes] = i & 127;
          sum += next[i % bytes] as number;
          out[i % OUT] = next;
        }
        return sum;
      },
    }),
  };
}
