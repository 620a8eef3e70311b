import { deflateSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../bindings/decode-error.js';
import { Arena, ArenaFullError } from '../../bindings/index.js';
import {
  decodeFromBase64,
  decodeFromCompressedBase64,
  decodeFromCompressedBase64Sync,
  encodeIntoBase64,
  encodeIntoCompressedBase64,
  encodeIntoCompressedBase64Sync,
  HdrHistogram,
  HistogramLogReader,
  HistogramLogWriter,
} from '../../src/sketches/hdr-histogram/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { claims } from './claims.js';
import { log, vectors } from './hdr-histogram.vectors.js';

const seed = testSeed('histograms');

claims({
  name: 'HdrHistogram',
  kind: 19,
  make: (options) => new HdrHistogram({ ...options, highestTrackableValue: 1_000_000, significantDigits: 2 }),
  small: (options) => new HdrHistogram({ ...options, significantDigits: 1 }),
  fromBytes: (bytes, options) => HdrHistogram.fromBytes(bytes, options),
  open: (arena, name) => HdrHistogram.open(arena, name),
  fill: (histogram, round) => histogram.recordMany(Uint32Array.from({ length: 100 }, (_, i) => i * i * (round + 1))),
  exercise: (histogram) => {
    histogram.valueAtPercentile(99);
    [...histogram.percentiles(), ...histogram.recorded(), ...histogram.logarithmic(1)].length.toFixed();
    histogram.encode();
    histogram.stats();
    histogram.countBetween(3, 2 ** 53 - 1);
    histogram.recordWithExpectedInterval(1000, 10);
  },
  tooLarge: (arena) => new HdrHistogram({ arena, highestTrackableValue: 1e12, significantDigits: 5 }),
});

/** The generator that made the vectors. */
function valuesOf(of: (typeof vectors)[number]): number[] {
  let state = of.seed >>> 0;
  return Array.from({ length: of.count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const uniform = state / 2 ** 32;
    return Math.floor(of.shape === 'exp' ? -Math.log(1 - uniform) * of.scale : uniform * of.scale);
  });
}

function optionsOf(of: (typeof vectors)[number]): ConstructorParameters<typeof HdrHistogram>[0] {
  const { numberOfSignificantValueDigits: digits, ...rest } = of.options as Record<string, never>;
  return digits === undefined ? rest : { ...rest, significantDigits: digits };
}

describe('HdrHistogram and hdr-histogram-js', () => {
  for (const vector of vectors) {
    it(`agree on ${vector.name}`, async () => {
      const mine = new HdrHistogram(optionsOf(vector));
      if (!('autoResize' in vector.options)) mine.autoResize = true;
      for (const value of valuesOf(vector)) mine.record(value);
      for (const [percentile, value] of vector.percentiles) expect(mine.valueAtPercentile(percentile)).toBe(value);
      expect(mine.max).toBe(mine.highestEquivalentValue(vector.max));
      expect(mine.totalCount).toBe(vector.total);
      expect(mine.mean).toBeCloseTo(vector.mean, 4);
      expect(mine.stdDeviation).toBeCloseTo(vector.stdDeviation, 4);
      // Its maximum is the exact value, ours the highest that is equivalent.
      const shown = (text: string) => text.replace(/Max {5}= +[\d.]+/, '');
      expect(shown(mine.percentileDistribution())).toBe(shown(vector.distribution));
      const theirs = await decodeFromCompressedBase64(vector.compressed);
      expect(theirs.equals(mine)).toBe(true);
      expect(decodeFromCompressedBase64Sync(vector.compressed, inflateSync).encode()).toEqual(mine.encode());
      // The same bytes before compression, which may differ between compressors.
      const plain = inflateSync(Buffer.from(vector.compressed, 'base64').subarray(8));
      // Two fields that no reader uses, index offset and ratio, it fills otherwise than the format says.
      plain.writeUInt32BE(0, 8);
      plain.writeDoubleBE(1, 32);
      expect(Buffer.from(mine.encode()).toString('hex')).toBe(plain.toString('hex'));
      for (const text of [await encodeIntoCompressedBase64(mine), encodeIntoCompressedBase64Sync(mine, deflateSync)]) {
        expect(inflateSync(Buffer.from(text, 'base64').subarray(8)).equals(plain)).toBe(true);
      }
      mine.recordWithExpectedInterval(Math.trunc((vector.scale * 3) % 2 ** 32) || 5, Math.floor(vector.scale / 7));
      const corrected = await decodeFromCompressedBase64(vector.corrected);
      expect(mine.equals(corrected)).toBe(true);
    });
  }

  it('read and write the same logs', async () => {
    const reader = new HistogramLogReader(log);
    expect(reader.tags()).toEqual([undefined, 't1', 't2']);
    const lines: string[] = [];
    const writer = new HistogramLogWriter((line) => lines.push(line));
    writer.comment('[Histogram log format version 1.3]');
    writer.comment('made by hdr-histogram-js 3.0.1');
    writer.header();
    let count = 0;
    for await (const { histogram, startMs, endMs, tag } of reader) {
      expect([startMs, endMs]).toEqual([1.6e12 + count * 1000, 1.6e12 + count * 1000 + 500]);
      expect(histogram.totalCount).toBe(count * 10 + 1);
      await writer.interval(histogram, startMs, endMs, tag);
      count++;
    }
    expect(count).toBe(3);
    const again = new HistogramLogReader(lines.join(''));
    for await (const { histogram, tag } of again)
      expect(histogram.totalCount).toBe(tag === undefined ? 1 : tag === 't1' ? 11 : 21);
    await expect(new HistogramLogReader('1,2,3,AAAA').next()).rejects.toThrow(DecodeError);
    await expect(new HistogramLogReader('a,b').next()).rejects.toThrow(DecodeError);
    await expect(writer.interval(new HdrHistogram(), 0, 1, 'a,b')).rejects.toThrow(RangeError);
  });
});

describe('HdrHistogram', () => {
  it('agrees with a list of values, to its digits', () => {
    const random = seededRandom(seed);
    for (const significantDigits of [1, 2, 3, 4, 5]) {
      for (const lowestDiscernibleValue of [1, 7, 1000]) {
        const histogram = new HdrHistogram({ lowestDiscernibleValue, significantDigits });
        const unit = 2 ** Math.floor(Math.log2(lowestDiscernibleValue));
        const values: number[] = [];
        for (let i = 0; i < 300; i++) {
          const value = Math.floor(random.next() * 10 ** random.below(15 - significantDigits));
          const count = random.below(3);
          histogram.recordWithCount(value, count);
          for (let c = 0; c < count; c++) values.push(value);
        }
        histogram.check();
        values.sort((a, b) => a - b);
        const error = (value: number) => unit + value / 10 ** significantDigits;
        expect(histogram.totalCount).toBe(values.length);
        for (const p of [0, 1, 17, 50, 90, 99, 99.9, 100]) {
          const exact = values[Math.max(0, Math.ceil((p / 100) * values.length - 1e-9) - 1)] as number;
          expect(Math.abs(histogram.valueAtPercentile(p) - exact)).toBeLessThanOrEqual(error(exact));
        }
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        expect(Math.abs(histogram.mean - mean)).toBeLessThanOrEqual(error(mean));
        expect(histogram.min).toBeLessThanOrEqual(values[0] as number);
        expect(histogram.max).toBeGreaterThanOrEqual(values.at(-1) as number);
        const middle = values[values.length >> 1] as number;
        const high = histogram.highestEquivalentValue(middle);
        const below = values.filter((value) => value <= high).length;
        expect(histogram.percentileAtOrBelow(middle)).toBeCloseTo((100 * below) / values.length, 9);
        expect(histogram.countBetween(0, middle)).toBe(below);
        histogram.dispose();
      }
    }
  });

  it('tells values apart by the digits and no more', () => {
    const histogram = new HdrHistogram({ highestTrackableValue: 3_600_000_000, significantDigits: 3 });
    expect([2047, 2048, 2049, 2050, 10_007].map((value) => histogram.lowestEquivalentValue(value))).toEqual([
      2047, 2048, 2048, 2050, 10_000,
    ]);
    expect(histogram.highestEquivalentValue(10_007)).toBe(10_007);
    expect(histogram.medianEquivalentValue(10_007)).toBe(10_004);
    expect(histogram.sizeOfEquivalentRange(10_007)).toBe(8);
    histogram.record(10_003);
    expect([histogram.countAt(10_000), histogram.countAt(10_007), histogram.countAt(10_008)]).toEqual([1, 1, 0]);
  });

  it('corrects for coordinated omission, as a loop would', () => {
    const random = seededRandom(seed);
    for (let i = 0; i < 60; i++) {
      const [value, interval, count] = [random.below(100_000), random.below(500), 1 + random.below(3)];
      const quick = new HdrHistogram();
      const slow = new HdrHistogram();
      quick.recordWithExpectedInterval(value, interval, count);
      slow.recordWithCount(value, count);
      for (let missing = value - interval; interval > 0 && missing >= interval; missing -= interval)
        slow.recordWithCount(missing, count);
      expect(quick.equals(slow), `${value} ${interval}`).toBe(true);
      quick.check();
      const raw = new HdrHistogram({ significantDigits: 5 });
      raw.recordWithCount(value, count);
      const exact = new HdrHistogram({ significantDigits: 5 });
      exact.recordWithExpectedInterval(value, interval, count);
      if (value < 100_000) expect(raw.copyCorrectedForCoordinatedOmission(interval).equals(exact)).toBe(true);
      for (const one of [quick, slow, raw, exact]) one.dispose();
    }
    const wide = new HdrHistogram();
    expect(() => wide.recordWithExpectedInterval(2 ** 53 - 1, 1, 2)).toThrow(RangeError);
    wide.recordWithExpectedInterval(2 ** 52, 1);
    expect(wide.totalCount).toBe(2 ** 52);
  });

  it('batches are what single records are', () => {
    const random = seededRandom(seed + 1);
    const words = Uint32Array.from({ length: 20_000 }, () => random.below(2 ** 32));
    const one = new HdrHistogram();
    for (const word of words) one.record(word);
    for (const batch of [
      words,
      Float64Array.from(words),
      [...words],
      Int32Array.from(words, (word) => word & 0x7fff_ffff),
    ]) {
      const many = new HdrHistogram();
      many.recordMany(batch as Uint32Array);
      if (!(batch instanceof Int32Array)) expect(many.equals(one)).toBe(true);
      many.check();
    }
    const before = one.toBytes();
    const wrong = Float64Array.from({ length: 20_000 }, () => 1);
    wrong[19_999] = -1;
    expect(() => one.recordMany(wrong)).toThrow(RangeError);
    wrong[19_999] = Number.NaN;
    expect(() => one.recordMany(wrong)).toThrow(RangeError);
    expect(() => one.recordMany(['1' as never])).toThrow(TypeError);
    expect(() => one.recordMany('x' as never)).toThrow(TypeError);
    expect(one.toBytes()).toEqual(before);
  });

  it('merges and subtracts any shapes, in any arenas', () => {
    const far = new Arena({ maxBytes: 1 << 22 });
    const fine = new HdrHistogram({ significantDigits: 4, arena: far });
    const coarse = new HdrHistogram({ significantDigits: 2 });
    fine.recordMany([1, 10, 100, 1000, 123_456_789]);
    coarse.recordMany([5, 5_000_000]);
    const both = coarse.merged(fine);
    expect(both.totalCount).toBe(7);
    expect(both.countAt(123_456_789)).toBe(1);
    expect(both.subtract(fine).equals(coarse)).toBe(true);
    const before = coarse.toBytes();
    expect(() => coarse.subtract(fine)).toThrow(/1 counts of 1: there are 0/);
    expect(coarse.toBytes()).toEqual(before);
    const fixed = new HdrHistogram({ highestTrackableValue: 1000 });
    fixed.record(7);
    expect(() => fixed.add(fine)).toThrow(RangeError);
    expect(fixed.totalCount).toBe(1);
    expect(fixed.add(fixed).totalCount).toBe(2);
    expect(() => fixed.add({} as never)).toThrow(TypeError);
    const heavy = new HdrHistogram();
    heavy.recordWithCount(1, 2 ** 53 - 1);
    expect(() => heavy.add(coarse)).toThrow(RangeError);
    expect(() => heavy.recordWithCount(1, 1)).toThrow(RangeError);
    heavy.check();
  });

  it('iterates by rule, over what was there at the start', () => {
    const histogram = new HdrHistogram();
    histogram.recordMany([1, 1, 2, 5, 10, 1000]);
    const recorded: number[][] = [];
    for (const { value, count, totalCount } of histogram) {
      histogram.record(3);
      recorded.push([value, count, totalCount]);
    }
    expect(recorded).toEqual([
      [1, 2, 2],
      [2, 1, 3],
      [5, 1, 4],
      [10, 1, 5],
      [1000, 1, 6],
    ]);
    histogram.subtract(HdrHistogram.fromBytes(only(3, 5)));
    expect([...histogram.linear(5)].slice(0, 3).map((step) => [step.value, step.count])).toEqual([
      [4, 3],
      [9, 1],
      [14, 1],
    ]);
    expect([...histogram.linear(5)].length).toBe(201);
    expect([...histogram.logarithmic(2, 10)].map((step) => [step.value, step.count])).toEqual([
      [1, 2],
      [19, 3],
      [199, 0],
      [1999, 1],
    ]);
    const steps = [...histogram.percentiles(1)];
    expect(steps.map((step) => step.level)).toEqual([0, 50, 75, 87.5, 100]);
    expect(steps.at(-1)).toMatchObject({ value: 1000, percentile: 100, totalCount: 6 });
    expect([...new HdrHistogram().percentiles()]).toEqual([]);
    expect(() => histogram.linear(0)).toThrow(RangeError);
    expect(() => histogram.logarithmic(1, 1)).toThrow(RangeError);
  });

  it('grows when it may, and refuses when not', () => {
    const fixed = new HdrHistogram({ highestTrackableValue: 1000 });
    expect(() => fixed.record(10_000)).toThrow(/above the highest trackable value, 1000/);
    for (const value of [-1, Number.NaN, 2 ** 53, Infinity]) expect(() => fixed.record(value)).toThrow(RangeError);
    for (const value of ['x', {}]) expect(() => fixed.record(value as never)).toThrow(TypeError);
    expect(fixed.totalCount).toBe(0);
    fixed.record(1.9);
    expect(fixed.max).toBe(1);
    const arena = new Arena({ maxBytes: 1 << 17 });
    const growing = new HdrHistogram({ arena, significantDigits: 3 });
    growing.record(1000);
    const before = growing.toBytes();
    expect(() => growing.record(2 ** 53 - 1)).toThrow(ArenaFullError);
    expect(() => growing.recordMany([5, 2 ** 53 - 1])).toThrow(ArenaFullError);
    expect(growing.toBytes()).toEqual(before);
    for (const options of [
      { lowestDiscernibleValue: 0 },
      { highestTrackableValue: 1 },
      { significantDigits: 6 },
      { significantDigits: 0 },
    ]) {
      expect(() => new HdrHistogram(options)).toThrow(RangeError);
    }
    expect(() => growing.valueAtPercentile(-1)).toThrow(RangeError);
    expect(growing.valuesAtPercentiles([0, 100])).toEqual([1000, 1000]);
    expect(new HdrHistogram().valueAtPercentile(50)).toBe(0);
  });

  it('refuses encodings that are damaged', async () => {
    const histogram = new HdrHistogram();
    histogram.recordMany([1, 5, 77, 100_000]);
    const bytes = histogram.encode();
    expect(decodeFromBase64(encodeIntoBase64(histogram)).equals(histogram)).toBe(true);
    const random = seededRandom(seed);
    for (let i = 0; i < 2000; i++) {
      const damaged = bytes.slice(0, random.below(2) === 0 ? bytes.length : random.below(bytes.length));
      for (let j = random.below(3); j >= 0 && damaged.length > 0; j--)
        damaged[random.below(damaged.length)] = random.below(256);
      try {
        const other = HdrHistogram.decode(damaged);
        other.check();
        other.dispose();
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }
    const text = await encodeIntoCompressedBase64(histogram);
    for (const wrong of ['', 'no base64 !', 'AAAA', text.slice(0, 30), `${text.slice(0, 16)}AAAA${text.slice(20)}`]) {
      await expect(decodeFromCompressedBase64(wrong)).rejects.toThrow(DecodeError);
      expect(() => decodeFromCompressedBase64Sync(wrong, inflateSync)).toThrow(DecodeError);
    }
    await expect(decodeFromCompressedBase64(5 as never)).rejects.toThrow(TypeError);
  });
});

function only(value: number, count: number): Uint8Array {
  const histogram = new HdrHistogram();
  histogram.recordWithCount(value, count);
  return histogram.toBytes();
}
