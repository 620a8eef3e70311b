/** Who is told of the values that leave a cache: at once, and when the call is done. */

import { type FetchEnd, Flight } from './flight.js';
import type { Stored } from './slot-table.js';
import type { DisposeReason, Disposer } from './types.js';

export class Farewells<K, V> {
  readonly dispose: Disposer<K, V> | undefined;
  readonly disposeAfter: Disposer<K, V> | undefined;
  /** What `disposeAfter` is yet to be told: as much as one call ends. */
  #pending: (readonly [V, K, DisposeReason])[] = [];

  constructor(dispose: Disposer<K, V> | undefined, disposeAfter: Disposer<K, V> | undefined) {
    this.dispose = dispose;
    this.disposeAfter = disposeAfter;
  }

  /** An entry has ended: its fetch is aborted, its value is disposed of. */
  tell(stored: Stored<V>, key: K, reason: DisposeReason, why: FetchEnd): void {
    if (stored instanceof Flight) stored.abort(why);
    const value = stored instanceof Flight ? stored.stale : stored;
    if (value !== undefined) this.dismiss(value, key, reason);
  }

  dismiss(value: V, key: K, reason: DisposeReason): void {
    if (this.disposeAfter !== undefined) this.#pending.push([value, key, reason]);
    this.dispose?.(value, key, reason);
  }

  /** The call is done. */
  afterwards(): void {
    while (this.#pending.length > 0) {
      const pending = this.#pending;
      this.#pending = [];
      for (const each of pending) this.disposeAfter?.(...each);
    }
  }
}
