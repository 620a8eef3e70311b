/** Heat maps as pictures and for terminals. The same counts give the same bytes. */

/** Counts by column and row. */
export interface HeatMapCells {
  /** From the oldest to the newest; in each the count of every row, the lowest first. */
  readonly columns: readonly (readonly number[])[];
  /** Upper ends of the rows, in milliseconds; the last is infinite. */
  readonly edgesMs: readonly number[];
  readonly columnMs: number;
  /** When the first column began, in milliseconds since the map did. */
  readonly firstMs: number;
}

export interface SvgOptions {
  /** Default `Latency`. */
  title?: string;
  /** In pixels, 1 to 50. Default 6 by 10. */
  cellWidth?: number;
  cellHeight?: number;
}

export interface TextOptions {
  /** Columns of the terminal for the map; the newest columns are shown. Default 100. */
  width?: number;
  /** Whether to use 256 colours; else shades of grey in characters. Default false. */
  color?: boolean;
}

const LEFT = 64;
const TOP = 40;
const BOTTOM = 36;
const RIGHT = 96;
const LABEL_EVERY_PX = 90;
/** From pale yellow to dark red: equal steps of lightness, apart for those who see few colours. */
const COLOURS = ['#fff7d6', '#fee391', '#fec44f', '#fe9929', '#ec7014', '#cc4c02', '#993404', '#4d1600'];
const ANSI = [230, 229, 222, 214, 208, 166, 130, 52];
const SHADES = [' ', '·', '░', '▒', '▓', '█'];

/** As an SVG document, without scripts, fonts or links. @throws RangeError for sizes that cannot be */
export function heatMapSvg(cells: HeatMapCells, options: SvgOptions = {}): string {
  const { title = 'Latency', cellWidth = 6, cellHeight = 10 } = options;
  for (const [name, value] of Object.entries({ cellWidth, cellHeight })) {
    if (!(value >= 1 && value <= 50)) throw new RangeError(`${name} must be from 1 to 50, got ${value}`);
  }
  const { columns, edgesMs } = cells;
  const rows = edgesMs.length;
  const [width, height] = [LEFT + columns.length * cellWidth + RIGHT, TOP + rows * cellHeight + BOTTOM];
  const most = mostOf(cells);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="22" font-size="15">${escaped(title)}</text>`,
  ];
  for (const [x, column] of columns.entries()) {
    for (const [row, count] of column.entries()) {
      if (count === 0) continue;
      const at = `x="${LEFT + x * cellWidth}" y="${TOP + (rows - 1 - row) * cellHeight}"`;
      const hint = `${spanOf(edgesMs, row)}, ${secondsOf(cells, x)}: ${count}`;
      const fill = COLOURS[levelOf(count, most, COLOURS.length)];
      parts.push(
        `<rect ${at} width="${cellWidth}" height="${cellHeight}" fill="${fill}"><title>${hint}</title></rect>`,
      );
    }
  }
  parts.push(...axes(cells, cellWidth, cellHeight), ...legend(most, LEFT + columns.length * cellWidth + 16));
  return `${parts.join('\n')}\n</svg>\n`;
}

/** For a terminal: rows from the slowest to the fastest. @throws RangeError for a width that cannot be */
export function heatMapText(cells: HeatMapCells, options: TextOptions = {}): string {
  const { width = 100, color = false } = options;
  if (!(Number.isInteger(width) && width >= 1)) throw new RangeError(`width must be an integer from 1, got ${width}`);
  const shown = cells.columns.slice(-width);
  const most = mostOf({ ...cells, columns: shown });
  const lines: string[] = [];
  for (let row = cells.edgesMs.length - 1; row >= 0; row--) {
    const label = row % 4 === 0 || row === cells.edgesMs.length - 1 ? edgeLabel(cells.edgesMs, row) : '';
    const text = shown.map((column) => mark(column[row] as number, most, color)).join('');
    lines.push(`${label.padStart(9)} │${color ? `${text}\u001b[0m` : text.trimEnd()}`);
  }
  const first = cells.columns.length - shown.length;
  const axis = `${secondsOf(cells, first)} to ${secondsOf(cells, cells.columns.length)}`;
  return [
    ...lines,
    `${' '.repeat(10)}└${'─'.repeat(shown.length)}`,
    `${' '.repeat(11)}${axis}, at most ${most} in one`,
  ].join('\n');
}

function mark(count: number, most: number, color: boolean): string {
  if (color) return count === 0 ? '\u001b[0m ' : `\u001b[48;5;${ANSI[levelOf(count, most, ANSI.length)]}m `;
  return count === 0 ? ' ' : (SHADES[1 + levelOf(count, most, SHADES.length - 1)] as string);
}

function mostOf(cells: HeatMapCells): number {
  return cells.columns.reduce((most, column) => column.reduce((more, count) => Math.max(more, count), most), 0);
}

/** By the logarithm, so that what is rare is seen beside what is common: 1 is the first level, the most the last. */
function levelOf(count: number, most: number, levels: number): number {
  if (most <= 1) return levels - 1;
  return Math.min(levels - 1, Math.max(0, Math.round(((levels - 1) * Math.log(count)) / Math.log(most))));
}

function axes(cells: HeatMapCells, cellWidth: number, cellHeight: number): string[] {
  const { columns, edgesMs } = cells;
  const parts: string[] = [];
  for (let row = 0; row < edgesMs.length; row += 4) {
    const y = TOP + (edgesMs.length - row) * cellHeight;
    parts.push(
      `<text x="${LEFT - 6}" y="${y + 4}" text-anchor="end">${row === 0 ? '0' : edgeLabel(edgesMs, row - 1)}</text>`,
    );
  }
  const every = Math.max(1, Math.ceil(LABEL_EVERY_PX / cellWidth));
  const y = TOP + edgesMs.length * cellHeight + 20;
  for (let x = 0; x < columns.length; x += every) {
    parts.push(`<text x="${LEFT + x * cellWidth}" y="${y}">${secondsOf(cells, x)}</text>`);
  }
  const box = `x="${LEFT}" y="${TOP}" width="${columns.length * cellWidth}" height="${edgesMs.length * cellHeight}"`;
  parts.push(`<rect ${box} fill="none" stroke="#999999"/>`);
  return parts;
}

function legend(most: number, x: number): string[] {
  return COLOURS.flatMap((colour, i) => {
    const y = TOP + (COLOURS.length - 1 - i) * 16;
    const count = most <= 1 ? most : Math.round(most ** (i / (COLOURS.length - 1)));
    return [
      `<rect x="${x}" y="${y}" width="14" height="14" fill="${colour}" stroke="#999999" stroke-width="0.5"/>`,
      `<text x="${x + 20}" y="${y + 11}">${count}</text>`,
    ];
  });
}

function spanOf(edgesMs: readonly number[], row: number): string {
  const from = row === 0 ? '0' : edgeLabel(edgesMs, row - 1);
  return row === edgesMs.length - 1 ? `above ${from}` : `${from} to ${edgeLabel(edgesMs, row)}`;
}

function edgeLabel(edgesMs: readonly number[], row: number): string {
  const ms = edgesMs[row] as number;
  if (ms === Number.POSITIVE_INFINITY) return 'more';
  if (ms >= 999.5) return `${short(ms / 1000)} s`;
  return ms >= 0.9995 ? `${short(ms)} ms` : `${short(ms * 1000)} µs`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function secondsOf(cells: HeatMapCells, column: number): string {
  return `${short((cells.firstMs + column * cells.columnMs) / 1000)} s`;
}

function escaped(text: string): string {
  const allowed = [...text].filter((character) => character >= ' ').join('');
  return allowed.replace(/[&<>"]/g, (it) => `&#${it.charCodeAt(0)};`);
}
