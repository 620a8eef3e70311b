/** `ashlar sim cache`: its flags, what it prints and what it writes. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { sim } from '../../src/cli/sim/sim.js';
import { UsageError } from '../../src/cli/usage.js';

const GLI = join(import.meta.dirname, '../cache/traces/gli.trace.gz');

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ashlar-sim-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

afterEach(() => vi.restoreAllMocks());

function run(...args: string[]): string {
  let output = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text);
    return true;
  });
  sim(args);
  return output;
}

describe('ashlar sim cache', () => {
  it('prints the table, with the optimum, and the curve', () => {
    const output = run('cache', '--trace', GLI, '--policies', 'lru,arc', '--sizes', '1000,1500');
    expect(output).toContain('gli.trace.gz: 6015 requests of 2529 keys\n');
    expect(output).toMatch(/^lru {6}11\.21 {2}36\.56$/m);
    expect(output).toMatch(/^optimum {2}53\.15 {2}57\.96$/m);
    expect(output).toMatch(/^a lru {3}b arc {3}\* optimum$/m);
  });

  it('draws the curve, and prints Markdown alone', () => {
    const svg = join(folder, 'curve.svg');
    const output = run('cache', '--trace', GLI, '--policies', 'sieve', '--sizes', '1000', '--svg', svg, '--markdown');
    expect(output).toBe('| hits, % | 1000 |\n| --- | --: |\n| sieve | **31.34** |\n| optimum | 53.15 |\n');
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  it('reads plain lines and CSV with sizes, gzip or not', () => {
    const csv = join(folder, 'sizes.csv.gz');
    writeFileSync(csv, gzipSync('key,size\na,10\nb,20\na,10\n'));
    expect(run('cache', '--trace', csv, '--policies', 'lru', '--sizes', '30')).toMatch(/^lru {6}33\.33$/m);
    expect(run('cache', '--trace', csv, '--policies', 'lru', '--sizes', '30', '--by-size')).toMatch(/^lru {6}25\.00$/m);
    const lines = join(folder, 'lines');
    writeFileSync(lines, 'x,1\ny,1\nx,1\nx,2\n');
    expect(run('cache', '--trace', lines, '--format', 'lines')).toContain('4 requests of 3 keys');
  });

  it('says what it can do', () => {
    for (const args of [[], ['--help'], ['cache', '--help']]) expect(run(...args)).toContain('--trace FILE');
  });

  it('refuses what it does not understand, in one sentence', () => {
    const broken = join(folder, 'broken.csv');
    writeFileSync(broken, 'a,1\nb,-1\n');
    for (const [args, message] of [
      [['disk'], /unknown simulation "disk"; there is: cache/],
      [['cache'], /--trace FILE is needed/],
      [['cache', '--trace', GLI, '--sizes', '10,x'], /--sizes takes numbers of at least 1, got "x"/],
      [['cache', '--trace', GLI, '--policies', 'lru,fifo'], /--policies takes names of lru, .*, got "fifo"/],
      [['cache', '--trace', GLI, '--format', 'xml'], /--format takes lines or csv, got "xml"/],
      [['cache', '--trace', GLI, '--colour'], /Unknown option '--colour'; see ashlar sim --help/],
      [['cache', '--trace', join(folder, 'none')], /cannot be read: ENOENT/],
      [['cache', '--trace', broken], /broken\.csv, line 2: a size is a positive number, got "-1"/],
      [['cache', '--trace', GLI, '--sizes', '9', '--svg', join(folder, 'no/a.svg')], /cannot be written: ENOENT/],
    ] as const) {
      expect(() => run(...args), args.join(' ')).toThrow(UsageError);
      expect(() => run(...args), args.join(' ')).toThrow(message);
    }
  });
});
