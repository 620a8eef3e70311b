/** Traces: which keys were asked for, one after the other. */

/** Keys stand as numbers from 0 in the order in which they first come. */
export interface Trace {
  readonly keys: Uint32Array;
  /** How many different keys there are. */
  readonly distinct: number;
  /** The size that came with each request; undefined where every entry counts 1. */
  readonly sizes: Float64Array | undefined;
}

/**
 * - `lines`: a key a line, and so the LIRS format, whose keys are block numbers; lines of a single `*` are left out.
 * - `csv`: `key[,size]`, the size a positive number; a first line that has none there is taken for a heading.
 */
export type TraceFormat = 'lines' | 'csv';

/** A line of a trace that cannot be read. */
export class TraceError extends SyntaxError {
  /** From 1. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.name = 'TraceError';
    this.line = line;
  }
}

/**
 * Reads a trace. Empty lines are left out.
 *
 * @param format default `csv` where the first line has a comma, else `lines`
 * @throws TraceError where a size is no positive number
 */
export function parseTrace(text: string, format: TraceFormat = formatOf(text)): Trace {
  const ids = new Map<string, number>();
  const keys: number[] = [];
  const sizes: number[] = [];
  let isSized = false;
  let line = 0;
  for (const raw of text.split('\n')) {
    line++;
    const row = raw.trim();
    if (row === '' || row === '*') continue;
    const comma = format === 'csv' ? row.lastIndexOf(',') : -1;
    const size = comma < 0 ? 1 : sizeOf(row.slice(comma + 1));
    if (size === undefined) {
      if (line === 1) continue;
      throw new TraceError(line, `a size is a positive number, got "${row.slice(comma + 1).trim()}"`);
    }
    isSized ||= comma >= 0;
    const key = comma < 0 ? row : row.slice(0, comma).trim();
    let id = ids.get(key);
    if (id === undefined) {
      id = ids.size;
      ids.set(key, id);
    }
    keys.push(id);
    sizes.push(size);
  }
  return {
    keys: Uint32Array.from(keys),
    distinct: ids.size,
    sizes: isSized ? Float64Array.from(sizes) : undefined,
  };
}

function formatOf(text: string): TraceFormat {
  const end = text.indexOf('\n');
  return (end < 0 ? text : text.slice(0, end)).includes(',') ? 'csv' : 'lines';
}

function sizeOf(text: string): number | undefined {
  const size = text.trim() === '' ? Number.NaN : Number(text);
  return size > 0 && size < Number.POSITIVE_INFINITY ? size : undefined;
}
