/** What rises slowly becomes small. */

import { delta, deltaOfDelta } from 'ashlar/codecs/delta';

const offsets = Uint32Array.of(1000, 1016, 1032, 1048, 1070, 1086);
console.log(delta.encode(offsets).join(' '));
console.log(deltaOfDelta.encode(Int32Array.from(offsets)).join(' '));

// In place, and piece by piece.
const first = offsets.slice(0, 3);
const second = offsets.slice(3);
delta.encodeInto(second, second, { previous: first[2] as number });
delta.encodeInto(first, first);
console.log(first.join(' '), '|', second.join(' '));
console.log(delta.decode(Uint32Array.of(...first, ...second)).join(' '));

// Prints:
// 1000 16 16 16 22 16
// 1000 -984 0 0 6 -6
// 1000 16 16 | 16 22 16
// 1000 1016 1032 1048 1070 1086
