/** A queue between threads. A worker attaches to what it is posted; here both sides are in one thread. */

import { Arena } from 'ashlar';
import { SharedRing } from 'ashlar/structures/shared-ring';

using arena = new Arena({ shared: true, maxBytes: 1024 * 1024 });
const jobs = new SharedRing({ arena, name: 'jobs', capacityBytes: 64 * 1024, capacity: 3 });

// In the worker: const arena = Arena.attach(workerData); const jobs = SharedRing.open(arena, 'jobs');
using attached = Arena.attach(arena.share());
const theirs = SharedRing.open(attached, 'jobs');

console.log(jobs.tryPushMany(['resize cat.png', 'resize dog.png', 'resize owl.png', 'resize emu.png']));
console.log(jobs.tryPush('no room'), theirs.size);

const decoder = new TextDecoder();
console.log(decoder.decode(theirs.shift())); // holds a worker up until there is a record

// Room there is now: the call that waited for it goes on.
const later = jobs.pushAsync('resize emu.png', { signal: AbortSignal.timeout(5000) });
await later;
jobs.close();
for await (const job of theirs) console.log(decoder.decode(job));
console.log(theirs.ended);

// Prints:
// 3
// false 3
// resize cat.png
// resize dog.png
// resize owl.png
// resize emu.png
// true
