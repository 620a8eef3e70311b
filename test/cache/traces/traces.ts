/** The traces beside this file, and made ones. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseTrace, type Trace } from '../../../src/cache/simulator/index.js';

export const TRACES = ['gli', 'multi1', 'loop'] as const;

export function readTrace(name: (typeof TRACES)[number]): Trace {
  return parseTrace(gunzipSync(readFileSync(join(import.meta.dirname, `${name}.trace.gz`))).toString());
}

/** A trace of given keys, each below `distinct`. */
export function traceOf(keys: ArrayLike<number>, distinct: number): Trace {
  return { keys: Uint32Array.from(keys), distinct, sizes: undefined };
}
