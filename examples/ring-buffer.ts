/** The last lines of a log, and a moving average. */

import { NumberRing, RingBuffer } from 'ashlar/structures/ring-buffer';

using log = new RingBuffer({ capacity: 3, capacityBytes: 100, whenFull: 'overwrite' });
for (const line of ['started', 'listening', 'GET /', 'GET /favicon.ico']) log.push(line);
for (const line of log) console.log(new TextDecoder().decode(line));
console.log(log.stats().overwritten, log.usedBytes);

using window = new NumberRing({ capacity: 4, whenFull: 'overwrite' });
window.pushMany(Float64Array.of(10, 20, 30, 40, 50, 60));
let sum = 0;
for (const value of window) sum += value;
console.log(sum / window.size, window.at(-1));

// Prints:
// listening
// GET /
// GET /favicon.ico
// 1 30
// 45 60
