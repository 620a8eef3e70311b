/** How many buckets a cuckoo filter needs, how many fingerprints, and the rate that follows. */

import { checkInteger } from '../../../bindings/sketch.js';

/** What the header of a filter says of its tables. */
export interface Shape {
  readonly buckets: number;
  readonly bucketSize: number;
  /** Values a fingerprint can have. */
  readonly fingerprints: number;
  readonly maxKicks: number;
  readonly expansion: number;
}

const MAX_BUCKETS = 2 ** 30;
const MAX_FINGERPRINTS = 2 ** 31 - 1;
const MAX_KICKS = 65_535;
const MAX_EXPANSION = 32_768;
const MAX_BUCKET_SIZE = 8;
/** Slots in use at capacity: what two buckets of so many slots bear (Fan et al., section 4). */
const LOADS = [0, 0.4, 0.84, 0.91, 0.95, 0.96, 0.97, 0.975, 0.98] as const;
/** With fewer, a fingerprint says too little of the other bucket, and tables do not fill. */
const MIN_FINGERPRINTS = 63;

export function shapeFor(capacity: number, rate: number, options: Partial<Shape>): Shape {
  if (typeof capacity !== 'number') throw new TypeError(`capacity must be a number, got ${typeof capacity}`);
  if (!(capacity >= 1 && capacity <= 2 ** 40)) {
    throw new RangeError(`capacity must be from 1 to 2^40 keys, got ${capacity}`);
  }
  if (typeof rate !== 'number') throw new TypeError(`falsePositiveRate must be a number, got ${typeof rate}`);
  if (!(rate > 0 && rate < 1)) throw new RangeError(`falsePositiveRate must be above 0 and below 1, got ${rate}`);
  const { bucketSize = 4, maxKicks = 500, expansion = 0 } = options;
  checkInteger(bucketSize, 'bucketSize', 1, MAX_BUCKET_SIZE);
  checkInteger(maxKicks, 'maxKicks', 1, MAX_KICKS);
  if (!isExpansion(expansion)) {
    throw new RangeError(`expansion must be 0 or a power of two up to ${MAX_EXPANSION}, got ${expansion}`);
  }
  const buckets = bucketsFor(capacity, bucketSize);
  if (buckets > MAX_BUCKETS) {
    throw new RangeError(`The filter would need ${buckets} buckets; one filter has at most ${MAX_BUCKETS}`);
  }
  // An absent key meets 2·b·α fingerprints, each of which is its own with 1/F.
  const met = (2 * capacity) / buckets;
  const fingerprints = Math.max(MIN_FINGERPRINTS, Math.ceil(-1 / Math.expm1(Math.log1p(-rate) / met)));
  if (fingerprints > MAX_FINGERPRINTS) {
    throw new RangeError(`falsePositiveRate ${rate} needs ${fingerprints} fingerprints; there are ${MAX_FINGERPRINTS}`);
  }
  return { buckets, bucketSize, fingerprints, maxKicks, expansion };
}

/** Small tables fill less evenly: they get some buckets more. */
function bucketsFor(capacity: number, bucketSize: number): number {
  const wanted = capacity / (bucketSize * (LOADS[bucketSize] as number));
  const room = Math.ceil(wanted + Math.min(8, 1 + Math.sqrt(wanted) / 4));
  return capacity > 4000 ? Math.ceil(wanted) : room;
}

/** The rate of one table with `count` keys. */
export function rateOf({ buckets, fingerprints }: Shape, count: number): number {
  return -Math.expm1(((2 * count) / buckets) * Math.log1p(-1 / fingerprints));
}

/** Bytes of the slots of a table, a multiple of eight. */
export function tableBytes({ buckets, bucketSize, fingerprints }: Shape): number {
  return Math.ceil((buckets * bucketSize * (32 - Math.clz32(fingerprints))) / 64) * 8;
}

function isExpansion(expansion: number): boolean {
  return expansion === 0 || (expansion >= 1 && expansion <= MAX_EXPANSION && Number.isInteger(Math.log2(expansion)));
}

/** Whether a header may say so. */
export function isShape({ buckets, bucketSize, fingerprints, maxKicks, expansion }: Shape): boolean {
  return (
    buckets >= 1 &&
    buckets <= MAX_BUCKETS &&
    bucketSize >= 1 &&
    bucketSize <= MAX_BUCKET_SIZE &&
    fingerprints >= 1 &&
    fingerprints <= MAX_FINGERPRINTS &&
    maxKicks >= 1 &&
    maxKicks <= MAX_KICKS &&
    isExpansion(expansion)
  );
}
