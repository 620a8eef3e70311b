/** Latencies over nine orders of magnitude in some kilobytes: recorded, asked, corrected, merged, sent. */

import {
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  HdrHistogram,
  HistogramLogReader,
  HistogramLogWriter,
} from 'ashlar/sketches/hdr-histogram';

const micros = new HdrHistogram({ highestTrackableValue: 3_600_000_000, significantDigits: 3 });
for (let i = 1; i <= 10_000; i++) micros.record(i);
console.log(micros.valueAtPercentile(50), micros.valueAtPercentile(99.9), micros.max, micros.mean.toFixed(1));

// A measurer that was kept waiting for a second did not measure 99 times, every 10 ms.
micros.recordWithExpectedInterval(1_000_000, 10_000);
console.log(micros.totalCount, micros.percentileAtOrBelow(10_000).toFixed(2));

// Another worker's histogram, of another shape, as the text that every HdrHistogram reads.
const elsewhere = new HdrHistogram({ significantDigits: 2 });
elsewhere.recordMany(Uint32Array.of(7, 77, 777));
micros.add(await decodeFromCompressedBase64(await encodeIntoCompressedBase64(elsewhere)));
console.log(micros.totalCount, micros.countAt(7));

for (const { level, value } of micros.percentiles(1)) if (level < 90) console.log(level, value);

const lines: string[] = [];
const writer = new HistogramLogWriter((line) => lines.push(line));
writer.header(1_700_000_000_000);
await writer.interval(elsewhere, 1_700_000_000_000, 1_700_000_001_000, 'reads');
for await (const { histogram, tag, endMs, startMs } of new HistogramLogReader(lines.join(''))) {
  console.log(tag, endMs - startMs, histogram.totalCount);
}

// Prints:
// 5003 9991 10007 5000.9
// 10100 99.02
// 10103 2
// 0 1
// 50 5051
// 75 7575
// 87.5 8839
// reads 1000 3
