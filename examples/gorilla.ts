/** Time series in a byte or two a sample: whole, appended one by one, and read from the middle. */

import { GorillaDecoder, GorillaEncoder, gorilla } from 'ashlar/codecs/gorilla';

// A thermometer that is read each ten seconds.
const timestamps = Float64Array.from({ length: 10_000 }, (_, i) => 1_700_000_000_000 + 10_000 * i);
const values = Float64Array.from({ length: 10_000 }, (_, i) => 20 + Math.round(8 * Math.sin(i / 500)) / 4);

const blob = gorilla.encode(timestamps, values);
console.log('smaller by', Math.round((16 * values.length) / blob.length));

const back = gorilla.decode(blob);
console.log(back.values.every((value, i) => Object.is(value, values[i])));

// As samples arrive.
const encoder = new GorillaEncoder();
for (let i = 0; i < values.length; i++) encoder.append(timestamps[i] as number, values[i] as number);
const decoder = new GorillaDecoder(encoder.finish());

// One block is decoded, not the series.
console.log('from', decoder.seek(1_700_000_000_000 + 42_000_000 - 1), 'of', decoder.size);
for (const [timestamp, value] of decoder) {
  console.log(new Date(timestamp).toISOString(), value);
  break;
}

// The rest in batches.
const batch = [new Float64Array(1000), new Float64Array(1000)] as const;
let most = Number.NEGATIVE_INFINITY;
for (let count = decoder.next(...batch); count > 0; count = decoder.next(...batch)) {
  for (const value of batch[1].subarray(0, count)) most = Math.max(most, value);
}
console.log('highest', most);

// Prints:
// smaller by 111
// true
// from 4200 of 10000
// 2023-11-15T09:53:20.000Z 21.75
// highest 22
