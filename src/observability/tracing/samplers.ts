/** Samplers: which spans are recorded and sent. */

import { describe } from '../../../bindings/staging.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import type { Attributes } from '../otlp/values.js';
import type { SpanKind } from './span.js';
import { SAMPLED, type SpanContext } from './trace-context.js';

export interface SamplingRequest {
  readonly traceId: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  /** `undefined` for the first span of a trace. */
  readonly parent: SpanContext | undefined;
}

/** `'drop'`; `'record'`, processors in this process see it, and it is not sent; `'sample'`, both. */
export type SamplingDecision = 'drop' | 'record' | 'sample';

export interface Sampler {
  decide(request: SamplingRequest): SamplingDecision;
}

export const alwaysSample: Sampler = { decide: () => 'sample' };
export const neverSample: Sampler = { decide: () => 'drop' };

/** Bits of the trace id that are compared: its last 52, which level 2 of Trace Context wants to be random. */
const DIGITS = 13;
const SPAN = 2 ** 52;

/** A share of the traces, from 0 to 1, by their ids: every process of the same ratio takes the same ones. */
export function sampleRatio(ratio: number): Sampler {
  if (!(ratio >= 0 && ratio <= 1)) throw new RangeError(`ratio must be from 0 to 1, got ${describe(ratio)}`);
  const below = Math.round(ratio * SPAN);
  return { decide: ({ traceId }) => (Number.parseInt(traceId.slice(-DIGITS), 16) < below ? 'sample' : 'drop') };
}

/** The first of every n traces. */
export function sampleEvery(n: number): Sampler {
  if (!(Number.isSafeInteger(n) && n >= 1)) throw new RangeError(`n must be an integer from 1, got ${describe(n)}`);
  let seen = n - 1;
  return {
    decide() {
      seen = seen + 1 === n ? 0 : seen + 1;
      return seen === 0 ? 'sample' : 'drop';
    },
  };
}

export interface RateSamplerOptions {
  /** Traces that may come at once. Default as many as a second allows, at least 1. */
  burst?: number;
  /** Default the platform's. */
  clock?: Clock;
}

/** So many traces a second at most, by a token bucket. */
export function sampleRate(perSecond: number, options: RateSamplerOptions = {}): Sampler {
  const { burst = Math.max(1, perSecond), clock = systemClock } = options;
  if (!(perSecond > 0 && perSecond < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`perSecond must be above 0, got ${describe(perSecond)}`);
  }
  if (!(burst >= 1)) throw new RangeError(`burst must be from 1, got ${describe(burst)}`);
  let tokens = burst;
  let lastMs = clock.monotonic();
  return {
    decide() {
      const nowMs = clock.monotonic();
      tokens = Math.min(burst, tokens + (Math.max(0, nowMs - lastMs) * perSecond) / 1000);
      lastMs = nowMs;
      if (tokens < 1) return 'drop';
      tokens--;
      return 'sample';
    },
  };
}

export interface ParentSamplers {
  /** For the first span of a trace. */
  root: Sampler;
  /** Default `alwaysSample` for those whose parent is sampled, and `neverSample` for the others. */
  remoteSampled?: Sampler;
  remoteNotSampled?: Sampler;
  localSampled?: Sampler;
  localNotSampled?: Sampler;
}

/** As the parent was; who has none, as `root` says. */
export function sampleByParent(samplers: ParentSamplers | Sampler): Sampler {
  const given: ParentSamplers = 'decide' in samplers ? { root: samplers } : samplers;
  const { root, remoteSampled = alwaysSample, remoteNotSampled = neverSample } = given;
  const { localSampled = alwaysSample, localNotSampled = neverSample } = given;
  return {
    decide(request) {
      const { parent } = request;
      if (parent === undefined) return root.decide(request);
      const sampled = (parent.traceFlags & SAMPLED) !== 0;
      if (parent.isRemote) return (sampled ? remoteSampled : remoteNotSampled).decide(request);
      return (sampled ? localSampled : localNotSampled).decide(request);
    },
  };
}

/** Runs something the first of every n times: for logs and measurements in hot paths. */
export function everyNth(n: number): <R>(fn: () => R) => R | undefined {
  const sampler = sampleEvery(n);
  return (fn) => (sampler.decide(undefined as never) === 'sample' ? fn() : undefined);
}
