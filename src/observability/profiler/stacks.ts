/** Stacks with weights, as a tree, as text, and by function. */

import type { CallFrame } from '../../ports/profiling.js';

/** A function in a stack, and what it and those it called weigh. */
export interface StackNode {
  readonly frame: CallFrame;
  /** Alone. */
  self: number;
  /** With those it called. */
  total: number;
  readonly children: StackNode[];
}

/** A function, wherever it was called. */
export interface HotFunction {
  readonly frame: CallFrame;
  /** Name and place: `parse (src/parser.js:12)`. */
  readonly label: string;
  readonly self: number;
  /** With those it called; a function that calls itself counts once. */
  readonly total: number;
}

const ANONYMOUS = '(anonymous)';

/** Name and place, for people. Paths are shortened to their last two parts, but for the platform's own. */
export function labelOf(frame: CallFrame): string {
  const name = frame.functionName === '' ? ANONYMOUS : frame.functionName;
  if (frame.url === '') return name;
  const isPlatform = frame.url.startsWith('node:');
  const parts = frame.url.replace(/[?#].*$/, '').split(/[\\/]/);
  const path = isPlatform ? frame.url : parts.slice(-2).join('/');
  return `${name} (${path}:${frame.lineNumber + 1})`;
}

/** Adds up totals from the leaves. Depth is bounded by that of the stacks, which engines bound. */
export function addUp(node: StackNode): number {
  node.total = node.self;
  for (const child of node.children) node.total += addUp(child);
  return node.total;
}

/**
 * Folded stacks: a line for each, `outer;inner weight`, in the order of their texts. What flame-graph tools read.
 *
 * @param root whose own frame is left out
 */
export function foldedText(root: StackNode): string {
  const lines: string[] = [];
  const walk = (node: StackNode, prefix: string): void => {
    // What separates frames must not stand in one.
    const label = labelOf(node.frame).replace(/;/g, ':').replace(/\s+/g, ' ');
    const path = prefix === '' ? label : `${prefix};${label}`;
    const weight = Math.round(node.self);
    if (weight > 0) lines.push(`${path} ${weight}`);
    for (const child of node.children) walk(child, path);
  };
  for (const child of root.children) walk(child, '');
  return lines.length === 0 ? '' : `${lines.sort().join('\n')}\n`;
}

/** The tree that folded stacks describe. @throws RangeError for a line that is none */
export function parseFolded(text: string): StackNode {
  const root = makeNode('(root)');
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const match = /^(.+) (\d+(?:\.\d+)?)$/.exec(line.trimEnd());
    if (match === null) throw new RangeError(`Line ${i + 1} is no folded stack: "${line.slice(0, 80)}"`);
    let node = root;
    for (const name of (match[1] as string).split(';')) {
      let child = node.children.find((it) => it.frame.functionName === name);
      if (child === undefined) {
        child = makeNode(name);
        node.children.push(child);
      }
      node = child;
    }
    node.self += Number(match[2]);
  }
  addUp(root);
  return root;
}

/** Functions by what they weigh alone, the heaviest first. */
export function hotFunctions(root: StackNode): HotFunction[] {
  const found = new Map<string, { frame: CallFrame; self: number; total: number; depth: number }>();
  const walk = (node: StackNode): void => {
    const { frame } = node;
    const key = `${frame.functionName} ${frame.url} ${frame.lineNumber} ${frame.columnNumber}`;
    let it = found.get(key);
    if (it === undefined) {
      it = { frame, self: 0, total: 0, depth: 0 };
      found.set(key, it);
    }
    it.self += node.self;
    if (it.depth === 0) it.total += node.total;
    it.depth++;
    for (const child of node.children) walk(child);
    it.depth--;
  };
  for (const child of root.children) walk(child);
  return [...found.values()]
    .map(({ frame, self, total }) => ({ frame, label: labelOf(frame), self, total }))
    .sort((a, b) => b.self - a.self || b.total - a.total || (a.label < b.label ? -1 : 1));
}

function makeNode(functionName: string): StackNode {
  const frame = { functionName, scriptId: '0', url: '', lineNumber: -1, columnNumber: -1 };
  return { frame, self: 0, total: 0, children: [] };
}
