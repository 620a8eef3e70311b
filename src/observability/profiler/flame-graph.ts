/**
 * Flame graphs (Brendan Gregg, "The Flame Graph", ACM Queue 2016): stacks as boxes, those who call below those they call, as
 * wide as they weigh. An SVG without scripts, fonts or links; the same stacks give the same bytes.
 */

import { labelOf, type StackNode } from './stacks.js';

export interface FlameGraphOptions {
  /** Default `Flame graph`. */
  title?: string;
  /** In pixels, from 200 to 10 000. Default 1200. */
  width?: number;
  /** Narrower boxes are left out, in pixels. Default 0.3. */
  minWidth?: number;
  /** Deeper stacks are cut off. Default 200. */
  maxDepth?: number;
  /** Callers above, as an icicle. Default false. */
  inverted?: boolean;
  /** How weights are written. Default as they are. */
  format?: (weight: number) => string;
}

const ROW = 18;
const TOP = 36;
const MARGIN = 10;
/** Of a character, about. */
const CHARACTER = 6.6;
const MOST_BOXES = 50_000;

interface Box {
  readonly label: string;
  readonly weight: number;
  readonly x: number;
  readonly width: number;
  readonly depth: number;
}

/** Draws stacks. @throws RangeError for options that cannot be */
export function flameGraph(root: StackNode, options: FlameGraphOptions = {}): string {
  const { title = 'Flame graph', width = 1200, minWidth = 0.3, maxDepth = 200, inverted = false } = options;
  const { format = (weight: number) => String(Math.round(weight)) } = options;
  if (!(width >= 200 && width <= 10_000)) throw new RangeError(`width must be from 200 to 10000, got ${width}`);
  if (!(minWidth > 0)) throw new RangeError(`minWidth must be above 0, got ${minWidth}`);
  if (!(Number.isInteger(maxDepth) && maxDepth >= 1)) {
    throw new RangeError(`maxDepth must be an integer from 1, got ${maxDepth}`);
  }
  const boxes = layOut(root, width - 2 * MARGIN, minWidth, maxDepth);
  const depth = boxes.reduce((most, box) => Math.max(most, box.depth + 1), 1);
  const height = TOP + depth * ROW + MARGIN;
  const lines = boxes.map((box) => {
    const y = inverted ? TOP + box.depth * ROW : TOP + (depth - 1 - box.depth) * ROW;
    const share = root.total === 0 ? 0 : (100 * box.weight) / root.total;
    return drawn(box, y, `${box.label}, ${format(box.weight)}, ${share.toFixed(1)} %`);
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="monospace" font-size="11">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${MARGIN}" y="22" font-family="sans-serif" font-size="15">${escaped(title)}</text>`,
    ...lines,
    '</svg>',
    '',
  ].join('\n');
}

/** Boxes from the root on, children side by side in the order of their names. */
function layOut(root: StackNode, width: number, minWidth: number, maxDepth: number): Box[] {
  const boxes: Box[] = [];
  const perWeight = root.total === 0 ? 0 : width / root.total;
  const walk = (nodes: readonly StackNode[], label: string, x: number, depth: number): void => {
    const weight = nodes.reduce((sum, node) => sum + node.total, 0);
    const wide = depth === 0 ? width : weight * perWeight;
    if (wide < minWidth || depth >= maxDepth || boxes.length >= MOST_BOXES) return;
    boxes.push({ label, weight, x, width: wide, depth });
    let at = x;
    for (const [name, group] of grouped(nodes)) {
      walk(group, name, at, depth + 1);
      at += group.reduce((sum, node) => sum + node.total, 0) * perWeight;
    }
  };
  walk([root], 'all', MARGIN, 0);
  return boxes;
}

/** Children of one name are one box, however the engine told them apart. */
function grouped(nodes: readonly StackNode[]): [string, StackNode[]][] {
  const groups = new Map<string, StackNode[]>();
  for (const child of nodes.flatMap((node) => node.children)) {
    const label = labelOf(child.frame);
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [child]);
    else group.push(child);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

function drawn(box: Box, y: number, hint: string): string {
  const [x, width] = [rounded(box.x), rounded(Math.max(box.width - 0.5, 0.2))];
  const room = Math.floor((box.width - 6) / CHARACTER);
  const text =
    room >= 3 ? `<text x="${rounded(box.x + 3)}" y="${y + 13}">${escaped(shortened(box.label, room))}</text>` : '';
  const rect = `<rect x="${x}" y="${y}" width="${width}" height="${ROW - 1}" fill="${colourOf(box.label)}" rx="1"/>`;
  return `<g><title>${escaped(hint)}</title>${rect}${text}</g>`;
}

/** Warm for code, cool for what the engine does; the same for the same name. */
function colourOf(label: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193) >>> 0;
  const isEngine = /^(all$|\((?!anonymous))/.test(label) || label.includes('(node:');
  const hue = isEngine ? 190 + (hash % 40) : 10 + (hash % 45);
  return `hsl(${hue} ${isEngine ? 45 : 85}% ${62 + ((hash >>> 8) % 14)}%)`;
}

function shortened(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, room - 2)}..`;
}

function rounded(value: number): number {
  return Math.round(10 * value) / 10;
}

function escaped(text: string): string {
  // Control characters, which XML does not allow at all, are left out.
  const allowed = [...text].filter((character) => character >= ' ').join('');
  return allowed.replace(/[&<>"]/g, (it) => `&#${it.charCodeAt(0)};`);
}
