/** `ashlar sim cache`: what eviction policies would hit on a trace. */

import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  curveSvg,
  curveText,
  hitRatios,
  parseTrace,
  type Trace,
  TraceError,
  tableMarkdown,
  tableText,
} from '../../cache/simulator/index.js';
import { UsageError } from '../usage.js';
import { parseSimCacheFlags, SIM_USAGE, type SimCacheFlags } from './flags.js';

export { SIM_USAGE };

/** What the engine can hold as one string; a longer trace is refused. */
const MOST_BYTES = 512 * 1024 * 1024 - 64;

export function sim(args: readonly string[]): void {
  const [what, ...rest] = args;
  if (what === undefined || what === '--help' || what === '-h') return print(SIM_USAGE);
  if (what !== 'cache') throw new UsageError(`unknown simulation "${what}"; there is: cache`);
  const flags = parseSimCacheFlags(rest);
  if (flags.help) return print(SIM_USAGE);
  simCache(flags);
}

function simCache(flags: SimCacheFlags): void {
  const trace = readTrace(flags);
  const { policies, sizes, bySize } = flags;
  const ratios = hitRatios(trace, { policies, bySize, ...(sizes === undefined ? {} : { capacities: sizes }) });
  const name = flags.trace === '-' ? 'standard input' : basename(flags.trace);
  const title = `${name}: ${trace.keys.length} requests of ${trace.distinct} keys`;
  if (flags.svg !== undefined) write(flags.svg, curveSvg(ratios, title));
  if (flags.markdown) return print(tableMarkdown(ratios));
  print(`${title}\n\n${tableText(ratios)}\n\n${curveText(ratios)}`);
}

function readTrace(flags: SimCacheFlags): Trace {
  const bytes = unzipped(flags.trace);
  try {
    return parseTrace(bytes.toString('utf8'), flags.format);
  } catch (error) {
    if (error instanceof TraceError) throw new UsageError(`${flags.trace}, ${error.message}`);
    throw error;
  }
}

function unzipped(file: string): Buffer {
  try {
    const bytes = readFileSync(file === '-' ? 0 : file);
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const plain = isGzip ? gunzipSync(bytes, { maxOutputLength: MOST_BYTES }) : bytes;
    if (plain.length > MOST_BYTES) throw new Error(`it is longer than ${MOST_BYTES} bytes`);
    return plain;
  } catch (error) {
    throw new UsageError(`--trace ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(`--svg ${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
