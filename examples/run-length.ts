/** The states of a machine over a day, a second each. */

import { runLength } from 'ashlar/codecs/run-length';

const states = Uint8Array.from({ length: 86_400 }, (_, second) => (second % 7200 < 5400 ? 1 : 2));
const blob = runLength.encode(states);
console.log(states.length, 'bytes become', blob.length, 'in', runLength.runCountOf(blob), 'runs');
console.log(runLength.at(blob, 5399), runLength.at(blob, 5400), runLength.decodeRange(blob, 7198, 7202).join(' '));

// Seconds in state 1, without decoding.
const { ends, values } = runLength.runsOf(blob);
let seconds = 0;
for (let i = 0; i < ends.length; i++) if (values[i] === 1) seconds += (ends[i] as number) - (ends[i - 1] ?? 0);
console.log(seconds);

// Prints:
// 86400 bytes become 136 in 24 runs
// 1 2 2 2 1 1
// 64800
