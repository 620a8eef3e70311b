/** Several keys, loaded by one call. */

import type { Load } from './options.js';

/** A load of each key that is one load of all; aborted when all are. */
export function loadTogether<K, V>(
  keys: readonly K[],
  loadMany: (
    keys: readonly K[],
    context: { readonly signal: AbortSignal },
  ) => Promise<ReadonlyMap<K, V>> | ReadonlyMap<K, V>,
): Load<K, V> {
  const controller = new AbortController();
  const together = new Set(keys);
  let left = keys.length;
  let all: Promise<ReadonlyMap<K, V>> | undefined;
  return async (key, { signal }) => {
    // Who is asked for later than the others, because another load failed to bring it, is loaded alone.
    if (!together.has(key)) return (await loadMany([key], { signal })).get(key);
    signal.addEventListener('abort', () => {
      if (--left === 0) controller.abort(signal.reason);
    });
    all ??= (async () => loadMany(keys, { signal: controller.signal }))();
    return (await all).get(key);
  };
}
