import { describe, expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import { LatencyHeatMap } from '../../src/observability/heat-map/index.js';
import { MetricsRegistry } from '../../src/observability/metrics/index.js';
import { HdrHistogram } from '../../src/sketches/hdr-histogram/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { ManualTime } from '../support/time.js';

function mapping(options: ConstructorParameters<typeof LatencyHeatMap>[0] = {}) {
  const time = new ManualTime();
  return {
    time,
    map: new LatencyHeatMap({ clock: time, columns: 4, rows: 4, lowestMs: 1, highestMs: 100, ...options }),
  };
}

describe('LatencyHeatMap', () => {
  it('counts by time and latency; a row ends with its edge', () => {
    const { map, time } = mapping();
    for (const ms of [0, 1, 1.01, 10, 100, 100.1, 5000]) map.record(ms);
    time.advance(1000);
    map.record(3);
    const { columns, edgesMs, columnMs, firstMs } = map.cells();
    expect(edgesMs.map((edge) => Number(edge.toPrecision(3)))).toEqual([1, 4.64, 21.5, Number.POSITIVE_INFINITY]);
    expect(columns).toEqual([
      [2, 1, 1, 3],
      [0, 1, 0, 0],
    ]);
    expect([columnMs, firstMs]).toEqual([1000, 0]);
  });

  it('keeps the newest columns, with empty ones where nothing came', () => {
    const { map, time } = mapping();
    for (let second = 0; second < 10; second++) {
      if (second !== 8) map.record(second);
      time.advance(1000);
    }
    time.jump(-1e9);
    const { columns, firstMs } = map.cells();
    expect(columns).toEqual([
      [0, 0, 1, 0],
      [0, 0, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 0],
    ]);
    expect(firstMs).toBe(7000);
    time.advance(100_000);
    expect(
      map
        .cells()
        .columns.flat()
        .every((count) => count === 0),
    ).toBe(true);
    map.reset();
    expect(map.cells().columns).toEqual([[0, 0, 0, 0]]);
  });

  it('agrees with a list of what was recorded', () => {
    const random = seededRandom(testSeed('heat map'));
    const { map, time } = mapping({ columns: 7, rows: 12 });
    const list: { column: number; ms: number }[] = [];
    for (let i = 0, now = 0; i < 3000; i++) {
      const passed = random.below(20);
      time.advance(passed);
      now += passed;
      const ms = 10 ** (random.next() * 5 - 1);
      map.record(ms);
      list.push({ column: Math.floor(now / 1000), ms });
    }
    const { columns, edgesMs, firstMs } = map.cells();
    for (const [x, column] of columns.entries()) {
      const within = list.filter((it) => it.column === firstMs / 1000 + x);
      const rows = edgesMs.map(
        (to, row) => within.filter(({ ms }) => ms <= to && ms > (edgesMs[row - 1] ?? -1)).length,
      );
      expect(column).toEqual(rows);
    }
  });

  it('takes HDR histograms, of the sketches and of the metrics', () => {
    const { map, time } = mapping();
    const arena = new Arena();
    const histogram = new HdrHistogram({ arena });
    for (const micros of [500, 3000, 3000, 50_000]) histogram.record(micros);
    map.recordHistogram(histogram, 1000);
    time.advance(1000);
    const metrics = new MetricsRegistry({ arena });
    const seconds = metrics.hdrHistogram({ name: 'h_seconds', help: '' });
    for (const value of [0.0005, 0.003, 0.003, 0.05]) seconds.observe(value);
    map.recordHistogram(seconds.read().buckets, 0.001);
    expect(map.cells().columns).toEqual([
      [1, 2, 0, 1],
      [1, 2, 0, 1],
    ]);
    expect(() => map.recordHistogram([], 0)).toThrow(RangeError);
  });

  it('refuses misuse, and counts nothing', () => {
    const { map } = mapping();
    for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => map.record(ms)).toThrow(RangeError);
    expect(() => map.record('1' as never)).toThrow(TypeError);
    expect(
      map
        .cells()
        .columns.flat()
        .every((count) => count === 0),
    ).toBe(true);
    expect(() => mapping({ columns: 0 })).toThrow(RangeError);
    expect(() => mapping({ rows: 1 })).toThrow(RangeError);
    expect(() => mapping({ lowestMs: 0 })).toThrow(RangeError);
    expect(() => mapping({ columnMs: 0 })).toThrow(RangeError);
    expect(() => map.toSvg({ cellWidth: 0 })).toThrow(RangeError);
    expect(() => map.toText({ width: 0 })).toThrow(RangeError);
  });

  it('is drawn for a terminal, the common darker than the rare', () => {
    const { map, time } = mapping();
    for (let i = 0; i < 100; i++) map.record(2);
    map.record(50);
    time.advance(2000);
    map.record(2);
    expect(map.toText()).toBe(
      [
        '     more │·',
        '          │',
        '          │█ ·',
        '     1 ms │',
        '          └───',
        '           0 s to 3 s, at most 100 in one',
      ].join('\n'),
    );
    expect(map.toText({ width: 1 })).toContain('2 s to 3 s, at most 1 in one');
    expect(map.toText({ color: true })).toContain('\u001b[48;5;52m \u001b[0m ');
  });

  it('is drawn as an SVG without scripts, the same bytes each time', () => {
    const { map } = mapping();
    for (let i = 0; i < 100; i++) map.record(2);
    map.record(50);
    const svg = map.toSvg({ title: 'GET </> & "x"' });
    expect(svg).toBe(map.toSvg({ title: 'GET </> & "x"' }));
    expect(svg).toContain('<title>GET &#60;/&#62; &#38; &#34;x&#34;</title>');
    expect(svg).toContain('fill="#4d1600"><title>1 ms to 4.64 ms, 0 s: 100</title>');
    expect(svg).toContain('fill="#fff7d6"><title>above 21.5 ms, 0 s: 1</title>');
    expect(svg).not.toMatch(/script|http(?!:\/\/www\.w3\.org\/2000\/svg)/);
    expect(mapping().map.toSvg()).toContain('</svg>');
  });
});
