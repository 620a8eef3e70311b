/** The most asked-for pages of a stream that is never held: which they are, how often, and who falls off the list. */

import { TopK } from 'ashlar/sketches/top-k';

const pages = new TopK({ k: 3, width: 50, depth: 5 });
pages.incrBy('/', 40);
pages.incrBy('/blog', 25);
pages.incrBy('/about', 12);
console.log(
  pages
    .list()
    .map(({ key, count }) => `${key} ${count}`)
    .join(', '),
);

// A page that is asked for more often pushes the last one off.
console.log(pages.incrBy('/news', 30), pages.query('/news'), pages.query('/about'), pages.count('/about'));
console.log(
  pages.addMany(['/', '/', '/blog']).every((dropped) => dropped === undefined),
  pages.count('/'),
);

// Space-Saving throws no dice: what it counts too high is at most the error.
const exact = new TopK({ k: 2, algorithm: 'space-saving' });
exact.addMany(['a', 'a', 'a', 'b', 'c']);
for (const { key, count, error } of exact) console.log(key, count, error);

// Prints:
// / 40, /blog 25, /about 12
// /about true false 12
// true 42
// a 3 0
// c 2 1
