/** The flags of `ashlar sim cache`. */

import { parseArgs } from 'node:util';
import { POLICY_NAMES, type PolicyName } from '../../cache/policies/index.js';
import type { TraceFormat } from '../../cache/simulator/index.js';
import { UsageError } from '../usage.js';

export interface SimCacheFlags {
  readonly trace: string;
  readonly format: TraceFormat | undefined;
  readonly policies: readonly PolicyName[];
  readonly sizes: readonly number[] | undefined;
  readonly svg: string | undefined;
  readonly markdown: boolean;
  readonly bySize: boolean;
  readonly help: boolean;
}

const FORMATS: readonly TraceFormat[] = ['lines', 'csv'];

export const SIM_USAGE = `ashlar sim cache: hit ratios of eviction policies on a trace, and the miss-ratio curve
  --trace FILE             a key a line (the LIRS format too), or CSV of key[,size]; gzip or not; - for standard input
  --format F               ${FORMATS.join(' or ')}; default csv where the first line has a comma
  --policies P,P           of ${POLICY_NAMES.join(', ')}; default all
  --sizes N,N              capacities, in entries or in the trace's unit of size; default ten even steps
  --by-size                count hits by size, not by request
  --svg FILE               draw the curve as a picture as well
  --markdown               print the table only, as Markdown
  --help                   show this`;

const OPTIONS = {
  trace: { type: 'string' },
  format: { type: 'string' },
  policies: { type: 'string' },
  sizes: { type: 'string' },
  'by-size': { type: 'boolean', default: false },
  svg: { type: 'string' },
  markdown: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** @throws UsageError naming the flag, what it takes and what was given */
export function parseSimCacheFlags(args: readonly string[]): SimCacheFlags {
  const values = read(args);
  if (values.trace === undefined && !values.help) throw new UsageError('--trace FILE is needed; see ashlar sim --help');
  const format = FORMATS.find((name) => name === values.format);
  if (values.format !== undefined && format === undefined) throw bad('--format', FORMATS.join(' or '), values.format);
  return {
    trace: values.trace ?? '',
    format,
    policies: values.policies === undefined ? POLICY_NAMES : policies(values.policies),
    sizes: values.sizes === undefined ? undefined : sizes(values.sizes),
    svg: values.svg,
    markdown: values.markdown,
    bySize: values['by-size'],
    help: values.help,
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false }).values;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split(/\.\s/)[0] : String(error);
    throw new UsageError(`${reason}; see ashlar sim --help`);
  }
}

function policies(text: string): PolicyName[] {
  return text.split(',').map((given) => {
    const policy = POLICY_NAMES.find((name) => name === given.trim());
    if (policy === undefined) throw bad('--policies', `names of ${POLICY_NAMES.join(', ')}`, given);
    return policy;
  });
}

function sizes(text: string): number[] {
  return text.split(',').map((given) => {
    const size = given.trim() === '' ? Number.NaN : Number(given);
    if (!(size >= 1 && size <= Number.MAX_SAFE_INTEGER)) throw bad('--sizes', 'numbers of at least 1', given);
    return size;
  });
}

function bad(flag: string, expected: string, given: string): UsageError {
  return new UsageError(`${flag} takes ${expected}, got "${given}"`);
}
