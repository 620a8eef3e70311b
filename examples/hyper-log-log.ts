/** How many different visitors there were: per day in a few kilobytes, and over days without counting anyone twice. */

import { HyperLogLog } from 'ashlar/sketches/hyper-log-log';

const monday = new HyperLogLog();
monday.add('ada');
console.log(monday.add('grace'), monday.add('ada'), Math.round(monday.count()), monday.stats().representation);

// Numbers in one call. 0.8 % off is what a sketch of this size promises.
monday.addMany(Uint32Array.from({ length: 100_000 }, (_, i) => i));
console.log(Math.abs(monday.count() / 100_002 - 1) < 0.03, monday.stats().bytes, monday.standardError.toFixed(4));

// Tuesday's visitors are half new: the union counts everybody once.
const tuesday = new HyperLogLog();
tuesday.addMany(Uint32Array.from({ length: 100_000 }, (_, i) => 50_000 + i));
console.log(Math.abs(monday.unionCount(tuesday) / 150_002 - 1) < 0.03);
console.log(Math.abs(monday.intersectionCount(tuesday) / 50_000 - 1) < 0.15);

// A sketch sent as bytes is merged where it arrives.
const week = new HyperLogLog();
for (const day of [monday.toBytes(), tuesday.toBytes()]) week.merge(HyperLogLog.fromBytes(day));
console.log(week.count() === monday.unionCount(tuesday));

// Prints:
// true false 2 sparse
// true 12288 0.0081
// true
// true
// true
