/** What rate limiters are in the directory of an arena, and how one of a single thread is laid out. */

import type { StructureKind } from '../../../bindings/handle.js';
import type { ResolvedLimit } from './algorithms.js';
import type { Plan } from './limiter-options.js';

export const LOCAL_KIND: StructureKind = { number: 65, name: 'RateLimiter' };
export const SHARED_KIND: StructureKind = { number: 66, name: 'SharedRateLimiter' };

export function localPlan(limit: ResolvedLimit): Plan {
  return { ...limit, segments: 1, toleranceMs: 0 };
}
