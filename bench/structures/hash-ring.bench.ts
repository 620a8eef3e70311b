/** Lookups on a ring of 160 points a node, against the ring of npm with its cache of 5000 answers: keys that fit it, and keys that do not. */

import Rival from 'hashring';
import { HashRing, jump, Maglev } from '../../src/structures/hash-ring/index.js';
import { HashRingTwin } from '../baselines/structures/hash-ring.js';
import { distinctU32 } from '../harness/random.js';
import { type Contender, type ContenderKind, defineSuite, ownCopy } from '../harness/suite.js';

interface Ring {
  get(key: string): string | undefined;
}

function lookUp(ring: Ring, keys: readonly string[]): number {
  let found = 0;
  for (let i = 0; i < keys.length; i++) if (ring.get(keys[i] as string) !== undefined) found++;
  return found;
}

/** Places keys as npm's ring does: the sum of the answers' lengths and letters must agree. */
function lookUpAll(ring: Ring, keys: readonly string[]): number {
  let sum = 0;
  for (let i = 0; i < keys.length; i++) {
    const node = ring.get(keys[i] as string) as string;
    sum = (Math.imul(sum, 31) + node.charCodeAt(node.length - 1) + node.charCodeAt(node.length - 2)) | 0;
  }
  return sum;
}

function contender(
  name: string,
  kind: ContenderKind,
  make: () => Ring & { dispose?(): void },
  keys: readonly string[],
  loop: typeof lookUp,
): Contender {
  return {
    name,
    kind,
    prepare: () => {
      const own = ownCopy(loop);
      const ring = make();
      return { run: () => own(ring, keys), dispose: () => ring.dispose?.() };
    },
  };
}

const rival = (nodes: readonly string[]) => new Rival([...nodes], 'md5', { 'max cache size': 5000 });

export const suite = defineSuite('structures/hash-ring', (bench) => {
  for (const count of bench.smoke ? [5] : [10, 100]) {
    const nodes = Array.from({ length: count }, (_, i) => `10.0.0.${i}:11211`);
    // As many keys as npm's cache holds, and many more.
    for (const size of bench.smoke ? [100] : [1e3, 1e5]) {
      const keys = Array.from(distinctU32(size, 1), (key) => `user:${key}`);
      const distribution = `${count} nodes`;
      bench.compare({
        operation: 'get',
        size,
        distribution,
        contenders: [
          contender('HashRing', 'ours', () => new HashRing({ nodes }), keys, lookUp),
          contender('Maglev', 'ours', () => new Maglev({ nodes }), keys, lookUp),
          contender('typed arrays', 'twin', () => new HashRingTwin(nodes, 160), keys, lookUp),
          contender('hashring', 'rival', () => rival(nodes), keys, lookUp),
        ],
      });
      bench.compare({
        operation: 'get, ketama',
        size,
        distribution,
        contenders: [
          contender('HashRing', 'ours', () => new HashRing({ nodes, compatible: 'ketama' }), keys, lookUpAll),
          contender('hashring', 'rival', () => rival(nodes), keys, lookUpAll),
        ],
      });
    }
    const size = bench.smoke ? 100 : 1e5;
    const numbers = distinctU32(size, 2);
    const texts = Array.from(numbers, String);
    bench.compare({
      operation: 'getMany, u32',
      size,
      distribution: `${count} nodes`,
      contenders: [
        ...[() => new HashRing({ nodes }), () => new Maglev({ nodes })].map(
          (make, i): Contender => ({
            name: ['HashRing', 'Maglev'][i] as string,
            kind: 'ours',
            prepare: () => {
              const table = make();
              const out = new Int32Array(size);
              return { run: () => table.getMany(numbers, out).length, dispose: () => table.dispose() };
            },
          }),
        ),
        {
          name: 'jump',
          kind: 'ours',
          prepare: () => ({
            run: () => {
              let placed = 0;
              for (let i = 0; i < numbers.length; i++) placed += jump(numbers[i] as number, count) < count ? 1 : 0;
              return placed;
            },
          }),
        },
        contender('typed arrays', 'twin', () => new HashRingTwin(nodes, 160), texts, lookUp),
        contender('hashring', 'rival', () => rival(nodes), texts, lookUp),
      ],
    });
  }
});
