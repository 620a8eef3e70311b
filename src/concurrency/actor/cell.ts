/**
 * `Cell`: what runs an actor. It has the mailbox, the children and the state of being alive; the instance comes and goes.
 *
 *     starting ─▶ ready ⇄ busy ─▶ (failed) suspended ─▶ starting | ready | stopping
 *     any ─▶ stopping ─▶ stopped, once the message it is at is done and its children have stopped
 *
 * Invariants: one message at a time; no message while it is suspended; a child never outlives its parent.
 */

import { isPromiseLike } from '../../base/promise-like.js';
import { checkWait, Waiter, type WaitOptions } from '../../base/waiter.js';
import type { Cancel } from '../../ports/timer.js';
import { Actor, type ActorContext } from './actor.js';
import { ActorStoppedError, MailboxFullError } from './errors.js';
import { Mailbox } from './mailbox.js';
import { ActorRef, type EndReason } from './ref.js';
import { type Supervised, Supervisor } from './supervision.js';
import type { SpawnOptions, World } from './system.js';

/** Messages in a row before others have their turn. */
const THROUGHPUT = 64;
const NO_OPTIONS: WaitOptions = Object.freeze({});

/** Who asked. */
class Question<R> extends Waiter<R> {
  givenUp = false;
}

interface Envelope<M, R> {
  readonly message: M;
  readonly question: Question<R> | undefined;
  /** The timer that sent it. */
  readonly timer: object | undefined;
  /** Instead of a message: something the actor is told. */
  readonly told: ((actor: Actor<M, R>) => unknown) | undefined;
}

type State = 'starting' | 'ready' | 'busy' | 'suspended' | 'stopping' | 'stopped';

export class Cell<M = unknown, R = unknown> implements Supervised {
  readonly ref: LocalRef<M, R>;
  readonly path: string;
  readonly supervisor: Supervisor<Cell>;
  readonly #world: World;
  readonly #parent: Supervisor<Cell>;
  readonly #make: () => Actor<M, R>;
  readonly #mailbox: Mailbox<Envelope<M, R>>;
  readonly #onGone: () => void;
  #actor: Actor<M, R> | undefined;
  #state: State = 'starting';
  #scheduled = false;
  #current: Envelope<M, R> | undefined;
  #stashed: Envelope<M, R>[] = [];
  #wasStashed = false;
  readonly #timers = new Map<string, { cancel: Cancel; readonly every: boolean }>();
  readonly #watched = new Map<ActorRef<never>, () => void>();
  readonly #watchers = new Set<(reason: EndReason) => void>();
  #reason: EndReason = 'stopped';
  /** A sibling's failure, or a child's, that came while it was at a message. */
  #pending: (() => void) | undefined;
  #backoff: Cancel | undefined;
  /** Restarts so far: what an earlier one still waits for is of no use any more. */
  #restarts = 0;
  /** Told when the last child is gone. */
  #childless: (() => void) | undefined;

  constructor(
    world: World,
    parent: Supervisor<Cell>,
    path: string,
    make: () => Actor<M, R>,
    options: SpawnOptions,
    onGone: () => void,
  ) {
    this.#world = world;
    this.#parent = parent;
    this.#make = make;
    this.#onGone = onGone;
    this.path = path;
    this.#mailbox = new Mailbox(options.mailbox);
    this.supervisor = new Supervisor<Cell>(options.supervision ?? {}, world.clock, path, (error) => this.#fail(error));
    this.ref = new LocalRef(this, world);
  }

  get pending(): number {
    return this.#mailbox.size + this.#stashed.length + (this.#current === undefined ? 0 : 1);
  }

  get capacity(): number {
    return this.#mailbox.capacity;
  }

  get ended(): boolean {
    return this.#state === 'stopped';
  }

  get takes(): boolean {
    return this.#state !== 'stopping' && this.#state !== 'stopped';
  }

  /** Makes an instance and lets it begin. */
  start(): void {
    this.#state = 'starting';
    this.#do(
      () => {
        const actor = this.#make();
        if (!(actor instanceof Actor)) throw new TypeError('What is spawned must be a function that makes an Actor');
        Actor.enter(actor, this.#context());
        this.#actor = actor;
        return actor.preStart();
      },
      () => this.#go(),
      (error) => this.#fail(error),
    );
  }

  /** False when it is a dead letter. */
  post(message: M, question?: Question<R>, timer?: object): boolean {
    if (!this.takes) return this.#world.deadLetter(message, this.ref, 'stopped');
    const mailbox = this.#mailbox;
    if (mailbox.size + this.#stashed.length >= mailbox.capacity) {
      const oldest = mailbox.dropsOldest ? mailbox.take(({ told }) => told === undefined) : undefined;
      if (oldest === undefined) return this.#world.deadLetter(message, this.ref, 'full');
      this.#drop(oldest, 'full');
    }
    mailbox.push({ message, question, timer, told: undefined });
    this.#schedule();
    return true;
  }

  watch(listener: (reason: EndReason) => void): () => void {
    if (this.#state === 'stopped') {
      listener(this.#reason);
      return () => {};
    }
    this.#watchers.add(listener);
    return () => void this.#watchers.delete(listener);
  }

  // ── What its supervisor does ──────────────────────────────────────────────────────────────────────

  resume(): void {
    if (this.#state !== 'suspended') return;
    for (const child of this.supervisor.children.values()) child.resume();
    this.#go();
  }

  restart(error: unknown, delayMs: number): void {
    if (this.#state === 'busy' || this.#state === 'starting') {
      this.#pending = () => this.restart(error, delayMs);
      return;
    }
    if (!this.takes) return;
    this.#state = 'suspended';
    this.#cancelTimers();
    this.#backoff?.();
    const restart = ++this.#restarts;
    this.#stopChildren(() => {
      const actor = this.#actor;
      this.#do(
        () => actor?.preRestart(error),
        () => this.#later(restart, delayMs),
        (wrong) => {
          this.#world.failed(wrong, this.ref);
          this.#later(restart, delayMs);
        },
      );
    });
  }

  /** Stops it because of a failure. */
  halt(): void {
    this.#reason = 'failed';
    this.stop();
  }

  stop(): void {
    if (!this.takes) return;
    const busy = this.#state === 'busy' || this.#state === 'starting';
    this.#state = 'stopping';
    this.#cancelTimers();
    this.#backoff?.();
    this.#pending = undefined;
    if (busy) this.#pending = () => this.#stopChildren(() => this.#end());
    else this.#stopChildren(() => this.#end());
  }

  // ── One message after the other ───────────────────────────────────────────────────────────────────

  #go(): void {
    this.#state = 'ready';
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#state !== 'ready' || this.#mailbox.size === 0) return;
    this.#scheduled = true;
    this.#world.dispatch(this.#run);
  }

  readonly #run = (): void => {
    this.#scheduled = false;
    for (let left = THROUGHPUT; left > 0 && this.#state === 'ready'; left--) {
      const envelope = this.#mailbox.shift();
      if (envelope === undefined) return;
      if (this.#isWanted(envelope)) this.#receive(envelope);
    }
    this.#schedule();
  };

  /** Nobody waits for some answers any more, and cancelled timers never sent. */
  #isWanted({ question, timer }: Envelope<M, R>): boolean {
    if (question?.givenUp) return false;
    if (timer === undefined) return true;
    for (const [key, each] of this.#timers) {
      if (each !== timer) continue;
      if (!each.every) this.#timers.delete(key);
      return true;
    }
    return false;
  }

  #receive(envelope: Envelope<M, R>): void {
    const actor = this.#actor as Actor<M, R>;
    this.#state = 'busy';
    this.#current = envelope;
    this.#wasStashed = false;
    const { told, message, question } = envelope;
    let result: unknown;
    try {
      result = told === undefined ? actor.receive(message) : told(actor);
    } catch (error) {
      this.#done(() => {
        question?.fail(error);
        this.#fail(error);
      });
      return;
    }
    if (!isPromiseLike(result)) {
      const stashed = this.#wasStashed;
      this.#current = undefined;
      if (!stashed) question?.grant(result as R);
      this.#after();
      return;
    }
    result.then(
      (value) =>
        this.#done(() => {
          if (!this.#wasStashed) question?.grant(value as R);
          this.#after();
        }),
      (error: unknown) =>
        this.#done(() => {
          question?.fail(error);
          this.#fail(error);
        }),
    );
  }

  #done(then: () => void): void {
    this.#current = undefined;
    then();
  }

  /** What came up while it was busy comes first. */
  #after(): void {
    const pending = this.#pending;
    if (pending === undefined) {
      if (this.#state === 'busy' || this.#state === 'starting') this.#go();
      return;
    }
    this.#pending = undefined;
    if (this.#state === 'busy' || this.#state === 'starting') this.#state = 'suspended';
    pending();
  }

  /** It, or a child that its supervisor cannot help, failed. */
  #fail(error: unknown): void {
    if (this.#state === 'busy' && this.#current !== undefined) {
      this.#pending ??= () => this.#fail(error);
      return;
    }
    const pending = this.#pending;
    this.#pending = undefined;
    this.#world.failed(error, this.ref);
    if (!this.takes) {
      pending?.();
      return;
    }
    this.#state = 'suspended';
    this.#parent.failed(this as unknown as Cell, error);
  }

  #later(restart: number, delayMs: number): void {
    if (!this.takes || restart !== this.#restarts) return;
    this.#putBackStashed();
    if (delayMs <= 0) {
      this.start();
      return;
    }
    this.#backoff = this.#world.timer.after(delayMs, () => {
      this.#backoff = undefined;
      if (this.takes) this.start();
    });
  }

  #do(action: () => unknown, then: () => void, failed: (error: unknown) => void): void {
    const starting = this.#state === 'starting';
    const settled = (next: () => void) => {
      // Somebody stopped or restarted it meanwhile.
      if (starting && (this.#state !== 'starting' || this.#pending !== undefined)) this.#after();
      else next();
    };
    let result: unknown;
    try {
      result = action();
    } catch (error) {
      settled(() => failed(error));
      return;
    }
    if (isPromiseLike(result)) {
      result.then(
        () => settled(then),
        (error: unknown) => settled(() => failed(error)),
      );
    } else settled(then);
  }

  // ── The end ───────────────────────────────────────────────────────────────────────────────────────

  #stopChildren(then: () => void): void {
    const { children } = this.supervisor;
    if (children.size === 0) {
      then();
      return;
    }
    this.#childless = then;
    for (const child of [...children.values()]) child.stop();
  }

  #childGone(name: string): void {
    this.supervisor.children.delete(name);
    if (this.supervisor.children.size > 0) return;
    const then = this.#childless;
    this.#childless = undefined;
    then?.();
  }

  #end(): void {
    const gone = () => {
      this.#state = 'stopped';
      for (const unwatch of this.#watched.values()) unwatch();
      this.#watched.clear();
      for (const envelope of this.#stashed.splice(0)) this.#drop(envelope, 'stopped');
      for (let left = this.#mailbox.shift(); left !== undefined; left = this.#mailbox.shift())
        this.#drop(left, 'stopped');
      this.#onGone();
      for (const listener of [...this.#watchers]) listener(this.#reason);
      this.#watchers.clear();
    };
    this.#do(
      () => this.#actor?.postStop(),
      gone,
      (error) => {
        this.#world.failed(error, this.ref);
        gone();
      },
    );
  }

  #drop({ message, question, told }: Envelope<M, R>, why: 'stopped' | 'full'): void {
    if (told !== undefined || question?.givenUp) return;
    this.#world.deadLetter(message, this.ref, why);
    question?.fail(why === 'full' ? new MailboxFullError(this.path, this.capacity) : new ActorStoppedError(this.path));
  }

  #cancelTimers(): void {
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #putBackStashed(): void {
    this.#mailbox.putBack(this.#stashed);
    this.#stashed = [];
  }

  // ── What the actor has of the world ───────────────────────────────────────────────────────────────

  #context(): ActorContext<M, R> {
    const cell = this;
    return {
      self: this.ref,
      get children() {
        return Array.from(cell.supervisor.children.values(), ({ ref }) => ref);
      },
      spawn: (make, options = {}) => {
        if (!this.takes) throw new ActorStoppedError(this.path);
        return this.#world.spawn(this.supervisor, this.path, make, options, (name) => this.#childGone(name));
      },
      stop: (ref = this.ref as ActorRef<never>) => this.#stopOne(ref),
      watch: (ref) => this.#watch(ref),
      unwatch: (ref) => {
        this.#watched.get(ref)?.();
        this.#watched.delete(ref);
      },
      stash: () => this.#stash(),
      unstashAll: () => {
        this.#putBackStashed();
        this.#schedule();
      },
      setTimer: (key, message, delayMs, { every = false } = {}) => this.#setTimer(key, message, delayMs, every),
      cancelTimer: (key) => {
        this.#timers.get(key)?.cancel();
        this.#timers.delete(key);
      },
    };
  }

  #stopOne(ref: ActorRef<never>): void {
    const cells = [this as unknown as Cell, ...this.supervisor.children.values()];
    const cell = cells.find((each) => (each.ref as unknown) === ref);
    if (cell === undefined) throw new TypeError(`${this.path} can stop itself and its children, not ${String(ref)}`);
    cell.stop();
  }

  #watch(ref: ActorRef<never>): void {
    if (this.#watched.has(ref)) return;
    this.#watched.set(ref, () => {});
    const unwatch = ref.watch((reason) => {
      this.#watched.delete(ref);
      if (!this.takes) return;
      const told = (actor: Actor<M, R>) => actor.onTerminated(ref, reason);
      this.#mailbox.push({ message: undefined as M, question: undefined, timer: undefined, told });
      this.#schedule();
    });
    if (this.#watched.has(ref)) this.#watched.set(ref, unwatch);
  }

  #stash(): void {
    const envelope = this.#current;
    if (envelope === undefined || envelope.told !== undefined) throw new TypeError('There is no message to stash now');
    if (this.#wasStashed) throw new TypeError('The message is stashed already');
    if (this.#mailbox.size + this.#stashed.length >= this.capacity)
      throw new MailboxFullError(this.path, this.capacity);
    this.#stashed.push(envelope);
    this.#wasStashed = true;
  }

  #setTimer(key: string, message: M, delayMs: number, every: boolean): void {
    if (!this.takes) throw new ActorStoppedError(this.path);
    if (!(typeof delayMs === 'number' && delayMs >= 0 && delayMs < 2 ** 31)) {
      throw new RangeError(`delayMs must be from 0 to 2^31 − 1, got ${String(delayMs)}`);
    }
    this.#timers.get(key)?.cancel();
    const entry = { cancel: () => {}, every };
    this.#timers.set(key, entry);
    const { timer } = this.#world;
    const fire = () => void this.post(message, undefined, entry);
    entry.cancel = every ? timer.every(delayMs, fire) : timer.after(delayMs, fire);
  }
}

/** An actor of this thread. */
export class LocalRef<M, R> extends ActorRef<M, R> {
  readonly #cell: Cell<M, R>;
  readonly #world: World;

  constructor(cell: Cell<M, R>, world: World) {
    super();
    this.#cell = cell;
    this.#world = world;
  }

  get path(): string {
    return this.#cell.path;
  }

  get pending(): number {
    return this.#cell.pending;
  }

  get ended(): boolean {
    return this.#cell.ended;
  }

  tell(message: M): boolean {
    return this.#cell.post(message);
  }

  ask(message: M, options: WaitOptions = NO_OPTIONS): Promise<R> {
    if (options !== NO_OPTIONS) {
      checkWait(options);
      if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    }
    const cell = this.#cell;
    const question = new Question<R>();
    if (!cell.post(message, question)) {
      return Promise.reject(
        cell.takes ? new MailboxFullError(cell.path, cell.capacity) : new ActorStoppedError(cell.path),
      );
    }
    if (options !== NO_OPTIONS) {
      question.heed(options, this.#world.timer, 'ActorRef.ask', (it) => {
        it.givenUp = true;
      });
    }
    return question.promise;
  }

  watch(listener: (reason: EndReason) => void): () => void {
    return this.#cell.watch(listener);
  }
}
