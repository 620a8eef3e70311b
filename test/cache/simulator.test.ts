import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { policyFor } from '../../src/cache/policies/index.js';
import {
  curveSvg,
  curveText,
  hitRatios,
  optimum,
  parseTrace,
  simulate,
  TraceError,
  tableMarkdown,
  tableText,
} from '../../src/cache/simulator/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { readTrace, traceOf } from './traces/traces.js';

const seed = testSeed('cache simulator');

describe('parseTrace', () => {
  it('reads a key a line, and numbers keys in the order in which they come', () => {
    const trace = parseTrace('7\n8\n\n7\r\n*\n 9 \n');
    expect([...trace.keys]).toEqual([0, 1, 0, 2]);
    expect(trace.distinct).toBe(3);
    expect(trace.sizes).toBeUndefined();
  });

  it('reads CSV of key and size, with a heading or without', () => {
    const trace = parseTrace('key,size\na,10\nb,2.5\na,12\nc');
    expect([...trace.keys]).toEqual([0, 1, 0, 2]);
    expect([...(trace.sizes ?? [])]).toEqual([10, 2.5, 12, 1]);
    expect(parseTrace('a,10\nb,3').distinct).toBe(2);
    expect([...parseTrace('a,b,10\na,b,11').keys]).toEqual([0, 0]);
  });

  it('takes commas for part of a key where it is told that lines are keys', () => {
    expect(parseTrace('a,1\na,2\na,1', 'lines').distinct).toBe(2);
  });

  it('says which line has no size', () => {
    expect(() => parseTrace('a,1\nb,x')).toThrow(TraceError);
    expect(() => parseTrace('a,1\nb,x')).toThrow('line 2: a size is a positive number, got "x"');
    for (const size of ['0', '-1', 'Infinity', 'NaN', ''])
      expect(() => parseTrace(`a,1\nb,${size}`)).toThrow(TraceError);
  });

  it('reads nothing from nothing', () => {
    const trace = parseTrace('');
    expect(trace.keys.length).toBe(0);
    expect(simulate(policyFor('lru', { capacity: 1 }), trace, 1).hitRatio).toBe(0);
    expect(optimum(trace, 1)?.hitRatio).toBe(0);
  });
});

describe('simulate', () => {
  it('counts hits by request and by size', () => {
    const trace = parseTrace('a,10\nb,5\na,10\nc,5\nb,5\nhuge,99\na,10');
    const outcome = simulate(policyFor('lru', { capacity: 15 }), trace, 15);
    // c ends b, the least recent; b ends a; what does not fit at all is a miss that ends nothing.
    expect(outcome.hits).toBe(1);
    expect(outcome.hitRatio).toBeCloseTo(1 / 7);
    expect(outcome.byteHitRatio).toBeCloseTo(10 / 144);
  });

  it('weighs an entry anew when it comes with another size', () => {
    const trace = parseTrace('a,5\nb,5\nb,10\na,5\nb,10');
    const hits = new Uint8Array(5);
    simulate(policyFor('lru', { capacity: 10 }), trace, 10, hits);
    expect([...hits]).toEqual([0, 0, 1, 0, 0]);
  });
});

describe('optimum', () => {
  it('is the most that any choice of evictions hits', () => {
    const random = seededRandom(seed);
    for (let round = 0; round < 60; round++) {
      const distinct = 2 + random.below(4);
      const trace = traceOf(
        Array.from({ length: 12 }, () => random.below(distinct)),
        distinct,
      );
      for (const capacity of [1, 2, 3]) {
        expect(optimum(trace, capacity)?.hits, `seed ${seed}`).toBe(mostHits([...trace.keys], 0, [], capacity));
      }
    }
  });

  it('says nothing of traces with sizes', () => {
    expect(optimum(parseTrace('a,2\nb,3'), 4)).toBeUndefined();
  });
});

/** Tries every choice, that of not taking an entry in among them. */
function mostHits(keys: readonly number[], at: number, cached: readonly number[], capacity: number): number {
  const key = keys[at];
  if (key === undefined) return 0;
  if (cached.includes(key)) return 1 + mostHits(keys, at + 1, cached, capacity);
  const all = [...cached, key];
  if (all.length <= capacity) return mostHits(keys, at + 1, all, capacity);
  return Math.max(
    ...all.map((victim) =>
      mostHits(
        keys,
        at + 1,
        all.filter((each) => each !== victim),
        capacity,
      ),
    ),
  );
}

describe('hitRatios', () => {
  const random = seededRandom(seed + 1);
  const trace = traceOf(
    Array.from({ length: 3000 }, () => Math.floor(100 * random.next() ** 2)),
    100,
  );

  it('has a row for each policy and the optimum last, and a column for each capacity', () => {
    const { capacities, rows } = hitRatios(trace, { policies: ['sieve', 'lru'] });
    expect(capacities).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    expect(rows.map((row) => row.name)).toEqual(['sieve', 'lru', 'optimum']);
    for (const row of rows) {
      expect(row.ratios.length).toBe(10);
      expect(row.ratios.at(-1)).toBe((3000 - new Set(trace.keys).size) / 3000);
    }
  });

  it('takes capacities in the unit of sizes, and leaves the optimum out', () => {
    const sized = parseTrace('a,10\nb,20\na,10\nb,30\nb,20');
    const ratios = hitRatios(sized, { policies: ['lru'], bySize: true });
    expect(ratios.capacities.at(-1)).toBe(40);
    expect(ratios.rows.map((row) => row.name)).toEqual(['lru']);
    expect(ratios.rows[0]?.ratios.at(-1)).toBeCloseTo(60 / 90);
  });

  it('refuses a capacity below 1 and a policy that there is not', () => {
    expect(() => hitRatios(trace, { capacities: [0] })).toThrow(RangeError);
    expect(() => hitRatios(trace, { policies: ['mru' as 'lru'] })).toThrow(RangeError);
  });
});

describe('docs/benchmarks/hit-ratios.md', () => {
  it.each(['gli', 'multi1'] as const)('has what is simulated on %s', (name) => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/benchmarks/hit-ratios.md'), 'utf8');
    const capacities = Array.from({ length: 10 }, (_, i) => 250 * (i + 1));
    expect(page).toContain(tableMarkdown(hitRatios(readTrace(name), { capacities })));
  });
});

describe('what is printed', () => {
  const ratios = {
    capacities: [10, 1000],
    rows: [
      { name: 'lru', ratios: [0, 0.5] },
      { name: 'w-tinylfu', ratios: [0.25, 0.5] },
      { name: 'optimum', ratios: [0.5, 1] },
    ],
  } as const;

  it('a table for a terminal', () => {
    expect(tableText(ratios).split('\n')).toEqual([
      'hits, %       10    1000',
      'lru         0.00   50.00',
      'w-tinylfu  25.00   50.00',
      'optimum    50.00  100.00',
    ]);
  });

  it('a table in Markdown, the best policies in bold', () => {
    expect(tableMarkdown(ratios).split('\n')).toEqual([
      '| hits, % | 10 | 1000 |',
      '| --- | --: | --: |',
      '| lru | 0.00 | **50.00** |',
      '| w-tinylfu | **25.00** | **50.00** |',
      '| optimum | 50.00 | 100.00 |',
    ]);
  });

  it('a curve for a terminal: the better over the worse, from no hits above to no misses below', () => {
    const lines = curveText(ratios).split('\n');
    expect(lines[0]).toBe('misses');
    expect(lines[1]?.startsWith(' 100 % │a')).toBe(true);
    expect(lines[5]).toMatch(/^ {2}75 % │b/);
    expect(lines[9]).toMatch(/^ {2}50 % │\*.*b$/);
    expect(lines[17]).toMatch(/^ {3}0 % │ +\*+$/);
    expect(lines.at(-2)).toMatch(/^ {8}0 +500 +1000$/);
    expect(lines.at(-1)).toBe('a lru   b w-tinylfu   * optimum');
  });

  it('a picture that is well-formed, with a curve for each row', () => {
    const svg = curveSvg(ratios, 'a < b & "c"');
    expect(svg.match(/<polyline /g)?.length).toBe(3);
    expect(svg).toContain('<title>a &#60; b &#38; &#34;c&#34;</title>');
    expect(svg.match(/<[a-z]/g)?.length).toBe((svg.match(/\/>/g)?.length ?? 0) + (svg.match(/<\/[a-z]/g)?.length ?? 0));
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(svg).toContain('points="61.7,40 630,206"');
  });
});
