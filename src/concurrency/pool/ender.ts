/** Destroys what a pool gives up, each within its time. */

import { isPromiseLike } from '../../base/promise-like.js';
import type { Settings } from './options.js';
import { within } from './within.js';

export class Ender<T> {
  readonly #settings: Settings<T>;
  readonly #failed: (value: T, error: unknown) => void;
  readonly #ended: () => void;
  /** How many are being destroyed. */
  ending = 0;

  constructor(settings: Settings<T>, failed: (value: T, error: unknown) => void, ended: () => void) {
    this.#settings = settings;
    this.#failed = failed;
    this.#ended = ended;
  }

  end(value: T): void {
    const { destroy, validateTimeoutMs, timer, name } = this.#settings;
    try {
      const done = destroy?.(value);
      if (!isPromiseLike(done)) return;
      this.ending++;
      const ended = (): void => {
        this.ending--;
        this.#ended();
      };
      within(done, validateTimeoutMs, timer, `${name}: destroy`).then(ended, (error: unknown) => {
        this.#failed(value, error);
        ended();
      });
    } catch (error) {
      this.#failed(value, error);
    }
  }
}
