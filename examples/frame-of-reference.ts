/** A column of timestamps in a fraction of its bytes, read at any place. */

import { frameOfReference } from 'ashlar/codecs/frame-of-reference';

const start = 1_700_000_000_000n;
const times = BigInt64Array.from({ length: 100_000 }, (_, i) => start + BigInt(i * 1000 + ((i * 7919) % 13)));
times[500] = 2n ** 62n; // A clock that was off.
const blob = frameOfReference.encode(times);
console.log(times.byteLength, 'bytes become', blob.length);
console.log(frameOfReference.at(blob, 99_999), frameOfReference.at(blob, 500));
console.log(frameOfReference.decodeRange(blob, 1000, 1003).join(' '));

// Prints:
// 800000 bytes become 225203
// 1700099999006n 4611686018427387904n
// 1700001000011 1700001001000 1700001002002
