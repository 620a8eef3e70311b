/** Who waits at a channel: tasks that receive or send, and tasks that select among several. */

import type { Link } from '../../base/linked-list.js';
import { Waiter } from '../../base/waiter.js';

/** One who waits for a value. */
export interface Receiver<T> extends Link {
  receive(value: T): void;
  /** No value will come: the channel was closed, perhaps for a reason. */
  end(failure: Failure | undefined): void;
}

/** One who waits to hand over a value. */
export interface Sender<T> extends Link {
  readonly value: T;
  sent(): void;
  refused(error: unknown): void;
}

/** Why a channel was closed, when there was a reason; it may be any value. */
export interface Failure {
  readonly reason: unknown;
}

/** `Channel.receive` that waits. */
export class ValueReceiver<T> extends Waiter<T | undefined> implements Receiver<T> {
  receive(value: T): void {
    this.grant(value);
  }

  end(failure: Failure | undefined): void {
    if (failure === undefined) this.grant(undefined);
    else this.fail(failure.reason);
  }
}

/** `Channel.next` that waits. */
export class ResultReceiver<T> extends Waiter<IteratorResult<T, undefined>> implements Receiver<T> {
  receive(value: T): void {
    this.grant({ value, done: false });
  }

  end(failure: Failure | undefined): void {
    if (failure === undefined) this.grant({ value: undefined, done: true });
    else this.fail(failure.reason);
  }
}

/** `Channel.send` that waits. */
export class ValueSender<T> extends Waiter<boolean> implements Sender<T> {
  readonly value: T;

  constructor(value: T) {
    super();
    this.value = value;
  }

  sent(): void {
    this.grant(true);
  }

  refused(error: unknown): void {
    this.fail(error);
  }
}
