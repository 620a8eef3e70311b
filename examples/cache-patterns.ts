/** A database behind a cache: read through, written through, and written behind. */

import { CacheAside, WriteBehind, WriteThrough } from 'ashlar/cache/patterns';

/** Stands for a database: it counts its queries. */
const rows = new Map([['ada', 36]]);
let queries = 0;
const store = {
  load: async (key: string) => {
    queries++;
    return rows.get(key);
  },
  store: async (key: string, age: number) => void rows.set(key, age),
  delete: async (key: string) => void rows.delete(key),
  writeMany: async (changes: readonly { key: string; value: number | undefined }[]) => {
    console.log(`writing ${changes.map(({ key, value }) => `${key}=${value}`).join(' ')}`);
    for (const { key, value } of changes) {
      if (value === undefined) rows.delete(key);
      else rows.set(key, value);
    }
  },
};

// A thousand ask at once, and the database is asked once. That there is nobody is remembered, too.
const through = new WriteThrough({ store, ttl: 60_000, negativeTtl: 5000 });
await Promise.all(Array.from({ length: 1000 }, () => through.get('ada')));
console.log(await through.get('ada'), await through.get('bob'), await through.get('bob'), queries);

// In the database before it is in the cache.
await through.set('ada', 37);
console.log(rows.get('ada'), through.peek('ada'));

// In the cache at once; in the database soon, the last of several changes, in one batch.
const behind = new WriteBehind({ store, delayMs: 50 });
for (let age = 38; age <= 40; age++) await behind.set('ada', age);
await behind.set('bob', 20);
console.log(behind.peek('ada'), rows.get('ada'), behind.changes().length);
await behind.close();
console.log(rows.get('ada'));

// A load that fails gives the stale value, while there is grace.
const aside = new CacheAside<string, string>({ ttl: 1, grace: 60_000 });
aside.set('greeting', 'hello');
await new Promise((resolve) => setTimeout(resolve, 5));
console.log(await aside.get('greeting', () => Promise.reject(new Error('the service is down'))));

// Prints:
// 36 undefined undefined 2
// 37 37
// 40 37 2
// writing ada=40 bob=20
// 40
// hello
