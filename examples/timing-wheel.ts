/** Idle connections: a deadline each, put off whenever there is traffic. */

import { TimingWheel } from 'ashlar/structures/timing-wheel';

const IDLE_MS = 30_000;
using wheel = new TimingWheel();

// Ten thousand connections open within a second.
const ids = Uint32Array.from({ length: 10_000 }, (_, i) => i);
const handles = wheel.scheduleMany(
  ids,
  Float64Array.from(ids, (id) => id / 10 + IDLE_MS),
);
console.log(wheel.size, wheel.next());

// All but three say something after twenty seconds.
wheel.advance(20_000);
for (const id of ids) if (id % 4000 !== 7) wheel.reschedule(handles[id] as number, 20_000 + IDLE_MS);

console.log([...wheel.advance(31_000)].join(' '), 'were idle');
console.log(wheel.cancel(handles[7] as number), wheel.cancel(handles[8] as number));
console.log(wheel.advance(49_999).length, wheel.advance(50_000).length, wheel.stats());

// Prints:
// 10000 30000
// 7 4007 8007 were idle
// false true
// 0 9996 { size: 0, now: 50000, expired: 9999, cancelled: 1, bytes: 396552 }
