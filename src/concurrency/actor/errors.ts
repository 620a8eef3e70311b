/** What goes wrong between actors. */

import { AshlarError } from '../../../bindings/errors.js';

/** The actor is stopped, or stopped before it came to the message. */
export class ActorStoppedError extends AshlarError {
  readonly path: string;

  constructor(path: string) {
    super('ACTOR_STOPPED', `Actor ${path} is stopped`);
    this.path = path;
  }
}

/** The mailbox holds as many messages as it may. */
export class MailboxFullError extends AshlarError {
  readonly path: string;
  readonly capacity: number;

  constructor(path: string, capacity: number) {
    super('MAILBOX_FULL', `The mailbox of actor ${path} holds ${capacity} messages, and no more may`);
    this.path = path;
    this.capacity = capacity;
  }
}

/** Children failed more often than their supervisor puts up with. The last failure is the `cause`. */
export class RestartLimitError extends AshlarError {
  readonly maxRestarts: number;
  readonly withinMs: number;

  constructor(path: string, maxRestarts: number, withinMs: number, cause: unknown) {
    super('RESTART_LIMIT', `Children of ${path} failed more than ${maxRestarts} times within ${withinMs} ms`, {
      cause,
    });
    this.maxRestarts = maxRestarts;
    this.withinMs = withinMs;
  }
}

/** The other side of a link is gone, and with it the answer. */
export class ActorLostError extends AshlarError {
  readonly path: string;

  constructor(path: string) {
    super('ACTOR_LOST', `The link to actor ${path} is closed`);
    this.path = path;
  }
}

/** What an actor on the other side of a link threw, as far as it could be told. */
export class RemoteActorError extends AshlarError {
  /** Name of the error there. */
  readonly remoteName: string;
  /** Its `code`, where it had one. */
  readonly remoteCode: string | undefined;

  constructor(path: string, remoteName: string, message: string, remoteCode: string | undefined) {
    super('ACTOR_REMOTE', `Actor ${path}: ${message}`);
    this.remoteName = remoteName;
    this.remoteCode = remoteCode;
  }
}
