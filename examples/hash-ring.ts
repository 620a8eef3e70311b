/** Which server a key belongs to: a ring with replicas and bounded loads, Maglev's table, and the two that keep no state. */

import { HashRing, jump, Maglev, rendezvous, rendezvousRange } from 'ashlar/structures/hash-ring';

const ring = new HashRing({ nodes: ['cache-a', 'cache-b', 'cache-c'] });
console.log(ring.get('user:1'), ring.range('user:1', 2).join(' then '));

// One node in four comes, and about a quarter of the keys move: all of them to it.
const keys = Array.from({ length: 10_000 }, (_, i) => `user:${i}`);
const before = keys.map((key) => ring.get(key));
ring.add('cache-d');
const moved = keys.filter((key, i) => ring.get(key) !== before[i]);
console.log(
  (moved.length / keys.length).toFixed(2),
  moved.every((key) => ring.get(key) === 'cache-d'),
);

// Everybody asks for the same key: with bounded loads it spills over to the next nodes.
const used = new Set(Array.from({ length: 8 }, () => ring.acquire('user:1', 0.25)));
console.log(
  used.size,
  [...ring].map((node) => ring.loadOf(node)).reduce((a = 0, b = 0) => Math.max(a, b)),
);

const table = new Maglev({ nodes: { small: 1, large: 3 } });
console.log(table.share().get('large')?.toFixed(3));

console.log(rendezvous('user:1', ['x', 'y', 'z']), rendezvousRange('user:1', { x: 1, y: 1, z: 2 }, 2).length);
console.log(jump(256, 1024));

// Prints:
// cache-c cache-c then cache-a
// 0.24 true
// 3 3
// 0.750
// z 2
// 520
