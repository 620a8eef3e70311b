/** Map-reduce (Dean and Ghemawat 2004) in one process: items are mapped to keys and values, which are folded key by key. */

import { AshlarError } from '../../../bindings/errors.js';
import type { WorkContext } from './crew.js';
import { type FanOutOptions, fanOut } from './fan-out.js';
import type { Source } from './source.js';

const DEFAULT_MAX_KEYS = 1_000_000;

export interface MapReduceOptions<T, K, V, A> extends Omit<FanOutOptions<T>, 'ordered' | 'failures'> {
  /** The pairs that an item gives: any number. Runs for `concurrency` items at the same time. */
  map: (item: T, context: WorkContext) => Iterable<readonly [K, V]> | PromiseLike<Iterable<readonly [K, V]>>;
  /** Takes a value into what its key has. Runs one at a time. */
  reduce: (accumulated: A, value: V, key: K) => A;
  /** What a key has before its first value. */
  initial: (key: K) => A;
  /**
   * Whether values are taken in the order of the items, so that the result does not depend on who is fast. Default true;
   * false is right where `reduce` does not care, and waits for nobody.
   */
  ordered?: boolean;
  /** What the failure of an item does: see `fanOut`; `'collect'` gives nothing in the end. Default `'fail-fast'`. */
  failures?: 'fail-fast' | 'collect' | 'ignore';
  /** Keys at most. Default a million; beyond, it fails. */
  maxKeys?: number;
}

/** There were more keys than `maxKeys`. */
export class TooManyKeysError extends AshlarError {
  readonly maxKeys: number;

  constructor(maxKeys: number) {
    super('TOO_MANY_KEYS', `Mapping gave more than ${maxKeys} keys`);
    this.maxKeys = maxKeys;
  }
}

/**
 * What each key has in the end, in the order in which keys first came. Values are folded as they come, and not kept.
 *
 * Rejects as the iteration of `fanOut`, with what `reduce` and `initial` throw, and with `TooManyKeysError`.
 */
export async function mapReduce<T, K, V, A>(
  source: Source<T>,
  options: MapReduceOptions<T, K, V, A>,
): Promise<Map<K, A>> {
  const { map, reduce, initial, maxKeys = DEFAULT_MAX_KEYS, ...rest } = options;
  const folded = new Map<K, A>();
  for await (const pairs of fanOut(source, map, rest)) {
    for (const [key, value] of pairs) {
      const known = folded.has(key);
      if (!known && folded.size >= maxKeys) throw new TooManyKeysError(maxKeys);
      folded.set(key, reduce(known ? (folded.get(key) as A) : initial(key), value, key));
    }
  }
  return folded;
}
