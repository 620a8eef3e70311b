/** Miss-ratio curves: how many requests miss, by capacity, drawn for a terminal and as a picture. */

import type { HitRatios } from './hit-ratios.js';

const COLUMNS = 64;
const LINES = 17;

/** For a terminal: a letter for each policy, `*` for the optimum; where curves meet, the one that is better shows. */
export function curveText(ratios: HitRatios): string {
  const most = Math.max(...ratios.capacities);
  const grid = Array.from({ length: LINES }, () => new Array<string>(COLUMNS).fill(' '));
  // From worst to best on the whole, so that the better is drawn over the worse.
  const rows = ratios.rows.map((row, i) => ({ ...row, mark: markOf(row.name, i) }));
  const byMisses = [...rows].sort((a, b) => sum(a.ratios) - sum(b.ratios));
  for (const row of byMisses) {
    for (let column = 0; column < COLUMNS; column++) {
      const misses = missesAt(ratios.capacities, row.ratios, (most * (column + 1)) / COLUMNS);
      if (misses === undefined) continue;
      const line = Math.round((1 - misses) * (LINES - 1));
      (grid[line] as string[])[column] = row.mark;
    }
  }
  const lines = grid.map((line, i) => {
    const label = i % 4 === 0 ? `${Math.round(100 - (100 * i) / (LINES - 1))} %` : '';
    return `${label.padStart(6)} │${line.join('').trimEnd()}`;
  });
  const middle = String(Math.round(most / 2));
  const scale = `0${middle.padStart(COLUMNS / 2 - 1)}${String(Math.round(most)).padStart(COLUMNS / 2)}`;
  const legend = rows.map((row) => `${row.mark} ${row.name}`).join('   ');
  return ['misses', ...lines, `${' '.repeat(7)}└${'─'.repeat(COLUMNS)}`, `${' '.repeat(8)}${scale}`, legend].join('\n');
}

function markOf(name: string, index: number): string {
  return name === 'optimum' ? '*' : String.fromCharCode(97 + (index % 26));
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Between two capacities on the straight line; undefined below the least and above the greatest. */
function missesAt(capacities: readonly number[], ratios: readonly number[], capacity: number): number | undefined {
  const points = pointsOf(capacities, ratios);
  const after = points.findIndex((point) => point.capacity >= capacity);
  const to = points[after];
  const from = points[after - 1] ?? to;
  if (to === undefined || from === undefined || (after === 0 && to.capacity > capacity)) return undefined;
  const share = to.capacity === from.capacity ? 0 : (capacity - from.capacity) / (to.capacity - from.capacity);
  return from.misses + share * (to.misses - from.misses);
}

/** In the order of capacity, whatever the order they were asked in. */
function pointsOf(capacities: readonly number[], ratios: readonly number[]): { capacity: number; misses: number }[] {
  return capacities
    .map((capacity, i) => ({ capacity, misses: 1 - (ratios[i] ?? 0) }))
    .sort((a, b) => a.capacity - b.capacity);
}

const WIDTH = 760;
const HEIGHT = 420;
const LEFT = 56;
const RIGHT = 130;
const TOP = 40;
const BOTTOM = 48;
/** Okabe and Ito's palette, which people who see few colours can tell apart, with brown for its yellow. */
const COLOURS = ['#000000', '#e69f00', '#56b4e9', '#009e73', '#cc79a7', '#0072b2', '#d55e00', '#7a4a00'];
/** From the ninth policy on colours come again, with dashes. */
const DASHES = ['', '6 3', '2 3'];

/** As an SVG document, with a name for each curve at the right. @param title stands above */
export function curveSvg(ratios: HitRatios, title: string): string {
  const most = Math.max(...ratios.capacities);
  const x = (capacity: number) => round(LEFT + ((WIDTH - LEFT - RIGHT) * capacity) / most);
  const y = (misses: number) => round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - misses));
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="22" font-size="15">${escaped(title)}</text>`,
    ...axes(most, x, y),
  ];
  for (const [i, row] of ratios.rows.entries()) {
    const isOptimum = row.name === 'optimum';
    const colour = isOptimum ? '#777777' : (COLOURS[i % COLOURS.length] as string);
    const dash = isOptimum ? '1 3' : (DASHES[Math.floor(i / COLOURS.length) % DASHES.length] as string);
    const line = `stroke="${colour}" stroke-width="2"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}`;
    const points = pointsOf(ratios.capacities, row.ratios).map(({ capacity, misses }) => `${x(capacity)},${y(misses)}`);
    const at = TOP + 8 + 20 * i;
    parts.push(
      `<polyline points="${points.join(' ')}" fill="none" ${line}/>`,
      `<line x1="${WIDTH - RIGHT + 14}" x2="${WIDTH - RIGHT + 38}" y1="${at}" y2="${at}" ${line}/>`,
      `<text x="${WIDTH - RIGHT + 44}" y="${at + 4}">${escaped(row.name)}</text>`,
    );
  }
  return `${parts.join('\n')}\n</svg>\n`;
}

function axes(most: number, x: (capacity: number) => number, y: (misses: number) => number): string[] {
  const parts: string[] = [];
  for (let step = 0; step <= 4; step++) {
    const misses = step / 4;
    parts.push(
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(misses)}" y2="${y(misses)}" stroke="#dddddd"/>`,
      `<text x="${LEFT - 8}" y="${y(misses) + 4}" text-anchor="end">${100 * misses} %</text>`,
    );
    const capacity = Math.round((most * step) / 4);
    parts.push(`<text x="${x(capacity)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${capacity}</text>`);
  }
  const middle = round((LEFT + WIDTH - RIGHT) / 2);
  parts.push(`<text x="${middle}" y="${HEIGHT - 10}" text-anchor="middle">capacity</text>`);
  parts.push(`<text x="${LEFT - 8}" y="${TOP - 8}" text-anchor="end">misses</text>`);
  return parts;
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
