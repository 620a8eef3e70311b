/** How a tiered cache is made, and what it counts. */

import type { CacheAsideStats } from '../patterns/cache-aside.js';
import type { CacheAsideOptions, Load } from '../patterns/options.js';
import type { Tier, TierOptions, TierStats } from './tier.js';

/** Makes texts of values, and values of texts. */
export interface Codec<V> {
  encode(value: V): string;
  decode(text: string): V;
}

/** The first tier: objects of this thread. */
export interface MemoryOptions<V>
  extends Pick<CacheAsideOptions<string, V>, 'max' | 'maxSize' | 'sizeCalculation' | 'policy' | 'maxTags'> {
  /** Milliseconds for which a value is fresh here at most. Default: as long as it is anywhere. */
  readonly ttl?: number | undefined;
}

type Inherited =
  | 'ttl'
  | 'grace'
  | 'negativeTtl'
  | 'failureTtl'
  | 'refreshAheadMs'
  | 'earlyBeta'
  | 'softTimeoutMs'
  | 'hardTimeoutMs'
  | 'loadTimeoutMs'
  | 'bus'
  | 'clock'
  | 'timer'
  | 'random';

export interface TieredCacheOptions<V> extends Pick<CacheAsideOptions<string, V>, Inherited> {
  readonly memory?: MemoryOptions<V> | undefined;
  /** The tiers behind memory, the nearest first. Default none. */
  readonly tiers?: readonly (Tier | TierOptions)[] | undefined;
  /** Where values come from when no tier has them, unless `get` is given something else. */
  readonly load?: Load<string, V> | undefined;
  /** Default JSON. */
  readonly codec?: Codec<V> | undefined;
  /**
   * Keys that are likely to be asked for next, when this one had to be loaded: they are loaded in the background, by the same
   * load and with the same tags. Of a namespace, keys are given and taken with its prefix.
   */
  readonly readAhead?: ((key: string) => Iterable<string>) | undefined;
  /** Loads ahead that are under way at most; what would be more is left out. Default 16. */
  readonly maxReadAhead?: number | undefined;
  /** Told of failures that no caller sees: of tiers, of the bus, of loads in the background. */
  readonly onError?: ((error: unknown, key?: string) => void) | undefined;
}

export interface TieredCacheStats {
  /** What was asked of the cache; its size is that of memory. */
  readonly memory: CacheAsideStats;
  /** What memory had not, by tier. */
  readonly tiers: readonly TierStats[];
  /** Values that came from where values come from. */
  readonly loads: number;
  readonly readAheads: number;
}
