/** Context by AsyncLocalStorage: Node's, or that which edge runtimes have as a global. */

import type { ContextStorage } from '../../ports/context.js';
import { builtin, hasBuiltins } from './builtin.js';

interface Storage<T> {
  getStore(): T | undefined;
  run<R>(store: T | undefined, fn: () => R): R;
}

type StorageClass = new <T>() => Storage<T>;

/** `undefined` where the runtime does not follow tasks. */
export function asyncContext<T>(): ContextStorage<T> | undefined {
  const ambient = (globalThis as { AsyncLocalStorage?: StorageClass }).AsyncLocalStorage;
  const found = hasBuiltins('node:async_hooks') ? builtin('node:async_hooks').AsyncLocalStorage : ambient;
  if (found === undefined) return undefined;
  const storage = new (found as unknown as StorageClass)<T>();
  return { get: () => storage.getStore(), run: (value, fn) => storage.run(value, fn) };
}
