/** Looks after threads that have nothing to do: whether they are well, and whether they are still wanted. */

import type { Cancel } from '../../ports/timer.js';
import type { Settings } from './options.js';
import type { PoolThread, ThreadEnd } from './pool-thread.js';

/** Whose threads they are. */
interface Watched {
  readonly threads: readonly PoolThread[];
  readonly living: number;
  readonly minThreads: number;
  kill(thread: PoolThread, why: ThreadEnd): void;
  retire(thread: PoolThread, why: ThreadEnd): void;
}

export class Watchman {
  readonly #crew: Watched;
  readonly #settings: Settings;
  readonly #periodMs: number;
  #cancel: Cancel | undefined = undefined;

  constructor(crew: Watched, settings: Settings) {
    this.#crew = crew;
    this.#settings = settings;
    this.#periodMs = Math.max(1, Math.min(settings.idleTimeoutMs / 2, settings.healthCheckMs));
  }

  begin(): void {
    if (this.#cancel !== undefined || this.#periodMs === Number.POSITIVE_INFINITY) return;
    this.#cancel = this.#settings.timer.every(this.#periodMs, () => this.#look());
  }

  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(): void {
    const { idleTimeoutMs, healthCheckMs } = this.#settings;
    for (const thread of [...this.#crew.threads]) {
      if (thread.state !== 'ready' || thread.load > 0) continue;
      if (healthCheckMs !== Number.POSITIVE_INFINITY) {
        if (thread.pinged) {
          this.#crew.kill(thread, 'unhealthy');
          continue;
        }
        thread.ping();
      }
      thread.idleSweeps++;
      const idle = (thread.idleSweeps - 1) * this.#periodMs >= idleTimeoutMs;
      if (idle && this.#crew.living > this.#crew.minThreads) this.#crew.retire(thread, 'idle');
    }
  }
}
