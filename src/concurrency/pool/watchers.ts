/** Who waits until something holds. */

import { LinkedList } from '../../base/linked-list.js';
import { QueueFullError } from '../../base/wait-errors.js';
import { checkWait, Waiter, type WaitOptions } from '../../base/waiter.js';
import type { Timer } from '../../ports/timer.js';

class Watcher extends Waiter<void> {
  readonly holds: () => boolean;

  constructor(holds: () => boolean) {
    super();
    this.holds = holds;
  }
}

export class Watchers {
  readonly #all = new LinkedList<Watcher>();
  readonly #timer: Timer;
  readonly #most: number;

  constructor(timer: Timer, most: number) {
    this.#timer = timer;
    this.#most = most;
  }

  until(holds: () => boolean, options: WaitOptions, what: string): Promise<void> {
    checkWait(options);
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    if (holds()) return Promise.resolve();
    if (this.#all.size > this.#most) return Promise.reject(new QueueFullError(what, this.#most));
    const watcher = new Watcher(holds);
    this.#all.push(watcher);
    watcher.heed(options, this.#timer, what);
    return watcher.promise;
  }

  /** Something has changed. */
  tell(): void {
    for (let watcher = this.#all.first; watcher !== undefined; ) {
      const next = watcher.next as Watcher | undefined;
      if (watcher.holds()) watcher.grant();
      watcher = next;
    }
  }
}
