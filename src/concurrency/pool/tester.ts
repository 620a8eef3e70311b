/** Whether something can be lent: asked before it is, when it comes back, and while it is idle. */

import { isPromiseLike } from '../../base/promise-like.js';
import type { Entry } from './entry.js';
import type { Settings } from './options.js';
import { within } from './within.js';

/** What comes of a test: at once, or later. */
type Answer = boolean | Promise<boolean>;

export class Tester<T> {
  readonly #settings: Settings<T>;
  /** It is not to be lent again; why, and with what error. */
  readonly #refuse: (entry: Entry<T>, why: 'invalid' | 'reset failed', error: unknown) => void;
  /** Whether there is something to do before lending, and when something comes back. */
  readonly testsLoan: boolean;
  readonly testsReturn: boolean;

  constructor(
    settings: Settings<T>,
    refuse: (entry: Entry<T>, why: 'invalid' | 'reset failed', error: unknown) => void,
  ) {
    const { validate, validateAfterIdleMs, validateOnReturn, reset } = settings;
    this.#settings = settings;
    this.#refuse = refuse;
    this.testsLoan = validate !== undefined && validateAfterIdleMs !== Number.POSITIVE_INFINITY;
    this.testsReturn = reset !== undefined || (validate !== undefined && validateOnReturn);
  }

  /** Whether it may be lent. What may not is refused. */
  beforeLoan(entry: Entry<T>): Answer {
    if (!this.testsLoan) return true;
    const { validateAfterIdleMs, clock } = this.#settings;
    if (validateAfterIdleMs > 0 && clock.monotonic() - entry.sinceMs < validateAfterIdleMs) return true;
    return this.validate(entry);
  }

  /** The same, whenever it was last asked. */
  validate(entry: Entry<T>): Answer {
    const { validate, validateTimeoutMs, timer, name } = this.#settings;
    if (validate === undefined) return true;
    const no = (error: unknown): false => {
      this.#refuse(entry, 'invalid', error);
      return false;
    };
    try {
      const valid = validate(entry.value);
      if (!isPromiseLike(valid)) return valid || no(undefined);
      entry.state = 'tested';
      const answer = within(valid, validateTimeoutMs, timer, `${name}: validate`);
      return answer.then((yes) => yes || no(undefined), no);
    } catch (error) {
      return no(error);
    }
  }

  /** Makes what came back ready for the next. */
  afterReturn(entry: Entry<T>): Answer {
    const { reset, validateTimeoutMs, timer, name } = this.#settings;
    const not = (error: unknown): false => {
      this.#refuse(entry, 'reset failed', error);
      return false;
    };
    entry.state = 'tested';
    try {
      const done = reset?.(entry.value);
      if (!isPromiseLike(done)) return this.#onReturn(entry);
      return within(done, validateTimeoutMs, timer, `${name}: reset`).then(() => this.#onReturn(entry), not);
    } catch (error) {
      return not(error);
    }
  }

  #onReturn(entry: Entry<T>): Answer {
    if (entry.state === 'gone') return false;
    return this.#settings.validateOnReturn ? this.validate(entry) : true;
  }
}
