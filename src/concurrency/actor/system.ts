/** `ActorSystem`: the root of a tree of actors. */

import { type Clock, systemClock } from '../../ports/clock.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import type { Actor } from './actor.js';
import { Cell } from './cell.js';
import { ActorStoppedError } from './errors.js';
import type { MailboxOptions } from './mailbox.js';
import type { ActorRef } from './ref.js';
import { type SupervisionOptions, Supervisor } from './supervision.js';

export interface SpawnOptions {
  /** Unique among its siblings, without `/`. Default a number. */
  name?: string;
  mailbox?: MailboxOptions;
  /** What happens to its children that fail. */
  supervision?: SupervisionOptions;
}

/** A message that nobody received. */
export interface DeadLetter {
  readonly message: unknown;
  readonly to: string;
  readonly why: 'stopped' | 'full';
}

export interface ActorSystemOptions {
  /** What happens to actors at the top that fail; what escalates from them stops them. */
  supervision?: SupervisionOptions;
  /** Told of each dead letter. */
  onDeadLetter?: (letter: DeadLetter) => void;
  /** Told of each failure, whatever becomes of it: the supervisor's decision is no log. */
  onFailure?: (error: unknown, path: string) => void;
  /** Default the platform's. */
  clock?: Clock;
  /** Default the platform's. */
  timer?: Timer;
}

/** What a system does for its cells. */
export interface World {
  readonly clock: Clock;
  readonly timer: Timer;
  dispatch(run: () => void): void;
  /** Always false. */
  deadLetter(message: unknown, ref: { readonly path: string }, why: DeadLetter['why']): false;
  failed(error: unknown, ref: { readonly path: string }): void;
  spawn<M, R>(
    supervisor: Supervisor<Cell>,
    path: string,
    make: () => Actor<M, R>,
    options: SpawnOptions,
    onGone: (name: string) => void,
  ): ActorRef<M, R>;
}

/** Turns in a row before timers and sockets have theirs: microtasks alone would never let them. */
const TURNS = 1000;

export interface ActorSystemStats {
  readonly actors: number;
  readonly deadLetters: number;
  readonly failures: number;
}

export class ActorSystem {
  readonly #supervisor: Supervisor<Cell>;
  readonly #world: World;
  readonly #onDeadLetter: ((letter: DeadLetter) => void) | undefined;
  readonly #onFailure: ((error: unknown, path: string) => void) | undefined;
  #stopped = false;
  #idle: (() => void)[] = [];
  #names = 0;
  #turns = 0;
  #actors = 0;
  #deadLetters = 0;
  #failures = 0;

  /** @throws TypeError, RangeError for options */
  constructor(options: ActorSystemOptions = {}) {
    const { clock = systemClock, timer = systemTimer, supervision = {}, onDeadLetter, onFailure } = options;
    this.#onDeadLetter = onDeadLetter;
    this.#onFailure = onFailure;
    this.#supervisor = new Supervisor<Cell>(supervision, clock, '/', (_error, child) => child.halt());
    this.#world = {
      clock,
      timer,
      dispatch: (run) => this.#dispatch(run, timer),
      deadLetter: (message, { path }, why) => this.#deadLetter({ message, to: path, why }),
      failed: (error, { path }) => {
        this.#failures++;
        this.#onFailure?.(error, path);
      },
      spawn: (...args) => this.#spawn(...args),
    };
  }

  /**
   * Makes an actor at the top.
   *
   * @param make gives a new instance each time it is called: at once, and whenever it begins anew
   * @throws TypeError, RangeError; ActorStoppedError once the system is stopped
   */
  spawn<M, R>(make: () => Actor<M, R>, options: SpawnOptions = {}): ActorRef<M, R> {
    if (this.#stopped) throw new ActorStoppedError('/');
    return this.#spawn(this.#supervisor, '', make, options, (name) => this.#gone(name));
  }

  /** Stops an actor at the top, after the message it is at. What it had not come to are dead letters. */
  stop(ref: ActorRef<never>): void {
    for (const cell of this.#supervisor.children.values()) {
      if ((cell.ref as unknown) === ref) {
        cell.stop();
        return;
      }
    }
    if (!ref.ended) throw new TypeError(`${String(ref)} is not at the top of this system`);
  }

  /** Stops all, children before their parents; resolves when the last one is gone. Idempotent. */
  shutdown(): Promise<void> {
    this.#stopped = true;
    for (const cell of [...this.#supervisor.children.values()]) cell.stop();
    if (this.#supervisor.children.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  stats(): ActorSystemStats {
    return { actors: this.#actors, deadLetters: this.#deadLetters, failures: this.#failures };
  }

  #spawn<M, R>(
    supervisor: Supervisor<Cell>,
    path: string,
    make: () => Actor<M, R>,
    options: SpawnOptions,
    onGone: (name: string) => void,
  ): ActorRef<M, R> {
    if (typeof make !== 'function')
      throw new TypeError(`What is spawned must be a function that makes an Actor, got ${typeof make}`);
    const { name = `$${++this.#names}` } = options;
    if (typeof name !== 'string' || name === '' || name.includes('/')) {
      throw new TypeError(`The name of an actor must be a string without "/", got ${String(name)}`);
    }
    if (supervisor.children.has(name)) throw new TypeError(`There is an actor ${path}/${name} already`);
    const cell = new Cell<M, R>(this.#world, supervisor, `${path}/${name}`, make, options, () => {
      this.#actors--;
      onGone(name);
    });
    this.#actors++;
    supervisor.children.set(name, cell as unknown as Cell);
    cell.start();
    return cell.ref;
  }

  #gone(name: string): void {
    this.#supervisor.children.delete(name);
    if (this.#supervisor.children.size > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #dispatch(run: () => void, timer: Timer): void {
    if (++this.#turns % TURNS === 0) timer.after(0, run);
    else queueMicrotask(run);
  }

  #deadLetter(letter: DeadLetter): false {
    this.#deadLetters++;
    this.#onDeadLetter?.(letter);
    return false;
  }
}
