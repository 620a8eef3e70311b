/** `ActorRef`: all that others have of an actor, wherever it is. */

import type { WaitOptions } from '../../base/waiter.js';

/** Why an actor is no more: it was stopped, its supervisor gave it up, or the link to it closed. */
export type EndReason = 'stopped' | 'failed' | 'lost';

export abstract class ActorRef<M = unknown, R = unknown> {
  /** Names from the root on, as in `/orders/7`; of one elsewhere, after the name of the link. */
  abstract readonly path: string;

  /** Messages it has not come to, the one it is at included; of one elsewhere, the questions that wait for it. */
  abstract readonly pending: number;

  /** Whether it is known to be no more. */
  abstract readonly ended: boolean;

  /**
   * Sends a message and goes on. Messages from one sender are received in order.
   *
   * @returns false when it was not taken, and is a dead letter: the actor is no more, or its mailbox is full
   */
  abstract tell(message: M): boolean;

  /**
   * Sends a message, and waits for what `receive` returns for it.
   *
   * @returns a promise that rejects with `signal.reason`, `TimeoutError`, what `receive` threw, `MailboxFullError`,
   *   `ActorStoppedError`, or `ActorLostError`
   */
  abstract ask(message: M, options?: WaitOptions): Promise<R>;

  /** Calls back once when the actor is no more, at once when it is not now. Returns what ends that. */
  abstract watch(listener: (reason: EndReason) => void): () => void;

  toString(): string {
    return `ActorRef(${this.path})`;
  }
}
