/** Hit ratios of several policies at several capacities, on one trace. */

import { type AnyPolicyOptions, POLICY_NAMES, type PolicyName, policyFor } from '../policies/index.js';
import { optimum } from './optimum.js';
import { simulate } from './simulate.js';
import type { Trace } from './trace.js';

export interface HitRatioOptions {
  /** In entries, or in the unit of the trace's sizes. Default ten even steps, the last of which everything fits in. */
  readonly capacities?: readonly number[];
  /** Default all. */
  readonly policies?: readonly PolicyName[];
  /** What policies take beyond their capacity. */
  readonly policyOptions?: Omit<AnyPolicyOptions, 'capacity'>;
  /** Whether hits count by size. Default false. */
  readonly bySize?: boolean;
}

/** Ratios from 0 to 1, a row for each policy and a column for each capacity. */
export interface HitRatios {
  readonly capacities: readonly number[];
  readonly rows: readonly { readonly name: PolicyName | 'optimum'; readonly ratios: readonly number[] }[];
}

/** How many capacities there are where none are named. */
const STEPS = 10;

/**
 * Simulates each policy at each capacity; the clairvoyant optimum is the last row, where the trace has one.
 *
 * @throws RangeError where a capacity is below 1 or a policy has no such name
 */
export function hitRatios(trace: Trace, options: HitRatioOptions = {}): HitRatios {
  const { capacities = evenSteps(trace), policies = POLICY_NAMES, policyOptions, bySize = false } = options;
  const rows: { name: PolicyName | 'optimum'; ratios: number[] }[] = policies.map((name) => ({
    name,
    ratios: capacities.map((capacity) => {
      const outcome = simulate(policyFor<number>(name, { ...policyOptions, capacity }), trace, capacity);
      return bySize ? outcome.byteHitRatio : outcome.hitRatio;
    }),
  }));
  if (trace.sizes === undefined) {
    rows.push({ name: 'optimum', ratios: capacities.map((capacity) => optimum(trace, capacity)?.hitRatio ?? 0) });
  }
  return { capacities, rows };
}

function evenSteps(trace: Trace): number[] {
  const whole = Math.max(1, footprint(trace));
  const steps = Array.from({ length: STEPS }, (_, i) => Math.max(1, Math.ceil((whole * (i + 1)) / STEPS)));
  return [...new Set(steps)];
}

/** What a cache of everything would hold: each key with the greatest of its sizes. */
function footprint({ keys, sizes, distinct }: Trace): number {
  if (sizes === undefined) return distinct;
  const largest = new Float64Array(distinct);
  for (const [i, key] of keys.entries()) largest[key] = Math.max(largest[key] as number, sizes[i] as number);
  return largest.reduce((sum, size) => sum + size, 0);
}
