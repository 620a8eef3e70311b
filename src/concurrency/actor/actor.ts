/** `Actor`: state of one's own, changed by one message at a time (C. Hewitt, 1973). Extend it, and spawn it. */

import type { ActorRef, EndReason } from './ref.js';
import type { SpawnOptions } from './system.js';

/** What an actor has of the world. Only for use by the actor itself, in `receive` and its hooks or what they await. */
export interface ActorContext<M, R> {
  readonly self: ActorRef<M, R>;
  /** In the order they were made. */
  readonly children: readonly ActorRef[];
  /** Makes a child, which ends with this actor. */
  spawn<CM, CR>(make: () => Actor<CM, CR>, options?: SpawnOptions): ActorRef<CM, CR>;
  /** Stops this actor or a child, after the message it is at. */
  stop(ref?: ActorRef<never>): void;
  /** `onTerminated` is called when this one is no more. */
  watch(ref: ActorRef<never>): void;
  unwatch(ref: ActorRef<never>): void;
  /** Puts the message that is being received aside, until `unstashAll`; who asked waits on. @throws MailboxFullError */
  stash(): void;
  /** What was put aside comes next, in order. */
  unstashAll(): void;
  /** Sends itself a message later, once or again and again. A timer of the same key is replaced, and its message never comes. */
  setTimer(key: string, message: M, delayMs: number, options?: { every?: boolean }): void;
  cancelTimer(key: string): void;
}

export abstract class Actor<M = unknown, R = unknown> {
  #context: ActorContext<M, R> | undefined;

  /** Not there in the constructor. */
  protected get context(): ActorContext<M, R> {
    if (this.#context === undefined)
      throw new TypeError('An actor has its context once it is spawned, not in its constructor');
    return this.#context;
  }

  /**
   * Gets one message after the other: the next one when what this returned is settled. What it returns is the answer to an `ask`;
   * what it throws rejects it, and is for the supervisor to decide about.
   */
  abstract receive(message: M): R | PromiseLike<R>;

  /** Before the first message, of each instance. */
  preStart(): void | PromiseLike<void> {}

  /** Of an instance that another one takes the place of, once its children have stopped. */
  preRestart(_error: unknown): void | PromiseLike<void> {}

  /** After the last message, once its children have stopped. */
  postStop(): void | PromiseLike<void> {}

  /** One that is watched is no more. */
  onTerminated(_ref: ActorRef<never>, _reason: EndReason): void | PromiseLike<void> {}

  /** @internal */
  static enter<M, R>(actor: Actor<M, R>, context: ActorContext<M, R>): void {
    if (actor.#context !== undefined) throw new TypeError('An actor can be spawned once: make a new one each time');
    actor.#context = context;
  }

  /** An actor that is one function. */
  static of<M, R>(receive: (message: M, context: ActorContext<M, R>) => R | PromiseLike<R>): Actor<M, R> {
    if (typeof receive !== 'function') throw new TypeError(`receive must be a function, got ${typeof receive}`);
    return new FunctionActor(receive);
  }
}

class FunctionActor<M, R> extends Actor<M, R> {
  readonly #receive: (message: M, context: ActorContext<M, R>) => R | PromiseLike<R>;

  constructor(receive: (message: M, context: ActorContext<M, R>) => R | PromiseLike<R>) {
    super();
    this.#receive = receive;
  }

  receive(message: M): R | PromiseLike<R> {
    return this.#receive(message, this.context);
  }
}
