/** One cache for several threads. A worker attaches to what it is posted; here both sides are in one thread. */

import { Arena } from 'ashlar';
import { ByteCache } from 'ashlar/cache/byte-cache';

using arena = new Arena({ shared: true, maxBytes: 16 * 1024 * 1024, name: 'pages' });
const cache = new ByteCache({ arena, name: 'html', maxBytes: 8 * 1024 * 1024, segments: 64 });
cache.set('/', '<h1>Home</h1>');

// In the worker: parentPort.once('message', (shared) => { const arena = Arena.attach(shared); … })
const message = arena.share();
using attached = Arena.attach(message);
const theirs = ByteCache.open(attached, 'html');
console.log(theirs.getString('/'), arena.participant);

theirs.set('/about', '<h1>About</h1>', { ttl: 60_000 });
console.log(cache.getString('/about'), cache.size);

// Prints:
// <h1>Home</h1> { number: 0, of: 2 }
// <h1>About</h1> 2
