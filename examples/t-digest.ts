/** Latencies of a day in a few kilobytes: percentiles, ranks, a mean without the outliers, and machines taken together. */

import { TDigest } from 'ashlar/sketches/t-digest';

// Few values are answered as they were.
const day = new TDigest();
day.addMany([12, 15, 11, 14, 900, 13]);
console.log(day.min, day.quantile(0.5), day.max, day.rank(15), day.byReverseRank(0));
console.log(day.trimmedMean(0, 0.8), day.cdf(900).toFixed(3));

// A hundred thousand of them: the median within 1 %, the ends exactly.
const many = new TDigest();
many.addMany(Float64Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 100_000));
console.log(many.min, many.max, Math.abs(many.quantile(0.5) - 50_000) < 1000);
console.log(Math.abs(many.quantile(0.999) - 99_900) < 50, many.centroids().length < 200);

// Another machine's digest arrives as bytes.
day.merge(TDigest.fromBytes(many.toBytes()));
console.log(day.total, day.max, Math.abs(day.cdf(25_000) - 0.25) < 0.02);

// Prints:
// 11 14 900 4 900
// 13 0.917
// 0 99999 true
// true true
// 100006 99999 true
