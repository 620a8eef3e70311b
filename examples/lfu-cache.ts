/** What is used often stays; with ageing, not for ever. */

import { LFUCache } from 'ashlar/cache';

const cache = new LFUCache<string, number>({ max: 2 });
cache.set('often', 1).set('once', 2);
cache.get('often');
cache.set('new', 3);
console.log(cache.has('often'), cache.has('once'), cache.has('new'));

// Of equals the least recently used goes.
cache.get('new');
cache.set('newer', 4);
console.log([...cache.keys()]);

const ageing = new LFUCache<number, string>({ max: 3, ageAfter: 30 });
ageing.set(0, 'popular once');
for (let i = 0; i < 20; i++) ageing.get(0);
for (let i = 0; i < 300; i++) {
  const key = 1 + (i % 3);
  if (ageing.get(key) === undefined) ageing.set(key, 'popular now');
}
console.log(ageing.has(0), ageing.stats().hitRatio > 0.5);

// Prints:
// true false true
// [ 'newer', 'new' ]
// false true
