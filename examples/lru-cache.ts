/** A cache that loads what it misses, and one that a scan does not empty. */

import { Cache, LRUCache } from 'ashlar/cache';

let loads = 0;
const users = new LRUCache<string, string>({
  max: 2,
  ttl: 60_000,
  fetchMethod: async (name) => {
    loads++;
    return name.toUpperCase();
  },
  dispose: (value, key, reason) => console.log('gone:', key, value, reason),
});

// A thousand callers, one load.
const answers = await Promise.all(Array.from({ length: 1000 }, () => users.fetch('ada')));
console.log(answers[0], loads);

await users.fetch('grace');
users.get('ada');
await users.fetch('edsger');
console.log([...users.keys()], users.stats().evictions);

// What is used often stays, though a scan goes through.
const pages = new Cache<number, string>({ max: 100, policy: 's3-fifo' });
for (let i = 0; i < 50; i++) pages.set(i, 'popular');
for (let i = 0; i < 100; i++) pages.get(i % 50);
for (let i = 1000; i < 5000; i++) pages.set(i, 'scanned');
console.log([...pages.values()].filter((page) => page === 'popular').length);

// Prints:
// ADA 1
// gone: grace GRACE evict
// [ 'edsger', 'ada' ] 1
// 50
