/** Requests that all threads count. A worker attaches to what it is posted; here both sides are in one thread. */

import { Arena } from 'ashlar';
import { SharedCounter } from 'ashlar/structures/shared-counter';

using arena = new Arena({ shared: true, maxBytes: 1024 * 1024 });
const requests = new SharedCounter({ arena, name: 'requests' });

// In the worker: const arena = Arena.attach(workerData); const requests = SharedCounter.open(arena, 'requests');
using attached = Arena.attach(arena.share());
const theirs = SharedCounter.open(attached, 'requests');

for (let i = 0; i < 1000; i++) (i % 3 === 0 ? requests : theirs).add();
theirs.add(-1);
console.log(requests.get());
console.log(requests.reset(), theirs.get());

// Prints:
// 999
// 999 0
