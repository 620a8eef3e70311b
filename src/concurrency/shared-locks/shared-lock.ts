/** `SharedLock`: what the locks between threads share: a table of permits in a shared arena, and ways to wait for one. */

import type { Arena } from '../../../bindings/arena.js';
import type { Bell } from '../../../bindings/bell.js';
import { Adopted, Handle, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import { SharedArenaError } from '../../../bindings/participants.js';
import { checkInteger } from '../../../bindings/sketch.js';
import { describe } from '../../../bindings/staging.js';
import { type Attempt, BUSY, Line, NOT_YET } from '../../base/line.js';
import { ClosedError, TimeoutError } from '../../base/wait-errors.js';
import { checkWait, type WaitOptions } from '../../base/waiter.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import { type Lender, Permit } from '../semaphore/permit.js';
import { makeTable, PermitTable, Place, type TablePlan } from './permit-table.js';

/** How a thread opens what is shared. */
export interface SharedOpenOptions {
  /** By which waits time out. Default the platform's. */
  clock?: Clock;
  /** Default the platform's. */
  timer?: Timer;
  /** How many calls of this handle may wait. Default 10 000. */
  maxQueue?: number;
}

export interface SharedOptions extends HandleOptions, SharedOpenOptions {
  /** A shared one. */
  arena: Arena;
  /** By which other threads open it. */
  name: string;
}

export interface SharedLockOptions extends SharedOptions {
  /** Who may hold and wait at once, of all threads together: 1 to 65 536. Default 256. */
  places?: number;
}

export type SyncWaitOptions = Pick<WaitOptions, 'timeoutMs'>;

const DEFAULT_PLACES = 256;
const MOST_PLACES = 65_536;
const DEFAULT_MAX_QUEUE = 10_000;
/** Tries before a thread goes to sleep: some ten microseconds. */
const SPINS = 200;
export const NO_OPTIONS: WaitOptions = Object.freeze({});

/** A structure in a shared arena by its name, and calls that wait at its bell. */
export abstract class SharedHandle extends Handle {
  protected readonly clock: Clock;
  readonly #timer: Timer;
  readonly #maxQueue: number;

  constructor(
    kind: StructureKind,
    options: SharedOptions | Adopted,
    open: SharedOpenOptions,
    make: (arena: Arena) => number,
  ) {
    if (options === null || typeof options !== 'object' || options.arena?.isShared !== true) {
      throw new TypeError(`${kind.name} takes options with a shared arena, got ${describe(options)}`);
    }
    const adopted = options instanceof Adopted;
    const { arena } = options;
    const { clock = systemClock, timer = systemTimer, maxQueue = DEFAULT_MAX_QUEUE } = adopted ? open : options;
    checkInteger(maxQueue, 'maxQueue', 0, Number.MAX_SAFE_INTEGER);
    const name = adopted ? undefined : options.name;
    const root = adopted ? options.root : Handle.allocate(arena, name, () => make(arena));
    super(arena, root, (pointer) => arena.free(pointer), false);
    this.clock = clock;
    this.#timer = timer;
    this.#maxQueue = maxQueue;
    if (adopted) arena.opened(root, this);
    else this.enterName(name, kind);
  }

  /** A line of calls at a bell: each tries whenever it rings. */
  protected lineAt(bell: Bell): Line {
    return new Line(bell, this.#timer, this.#maxQueue, false);
  }

  /**
   * Holds the thread up until an attempt comes to something.
   *
   * @throws TimeoutError; SharedArenaError on a thread that must not wait
   */
  protected hold<V>(bell: Bell, what: string, options: SyncWaitOptions, attempt: Attempt<V>): V {
    if (options !== NO_OPTIONS) checkWait(options);
    const { timeoutMs = Number.POSITIVE_INFINITY } = options;
    for (let spins = 0; spins < SPINS; spins++) {
      const value = attempt();
      if (value !== NOT_YET && value !== BUSY) return value;
    }
    if (!this.arena.participants.mayWait) {
      throw new SharedArenaError(`${what} waits, and this thread must not: take the form that gives a promise`);
    }
    const endMs = this.clock.monotonic() + timeoutMs;
    for (;;) {
      const listened = bell.listen();
      const value = attempt();
      if (value !== NOT_YET && value !== BUSY) return value;
      const leftMs = endMs - this.clock.monotonic();
      if (leftMs <= 0) throw new TimeoutError(what, timeoutMs);
      if (value === NOT_YET) bell.sleep(listened, leftMs);
    }
  }
}

/** A share of a lock between threads. If the thread dies, its share comes back when it is buried. */
export class SharedPermit extends Permit {
  /** A thread died while it held this: what the lock guards may be half-changed. Told once, to who comes next. */
  readonly abandoned: boolean;
  /** @internal */
  readonly place: number;

  /** @internal */
  constructor(lender: Lender, weight: number, place: number, abandoned: boolean) {
    super(lender, weight);
    this.place = place;
    this.abandoned = abandoned;
  }
}

export abstract class SharedLock extends SharedHandle implements Lender {
  protected readonly table: PermitTable;
  protected readonly line: Line;
  readonly #what: string;

  constructor(
    kind: StructureKind,
    options: SharedLockOptions | Adopted,
    open: SharedOpenOptions,
    plan: () => Omit<TablePlan, 'places'>,
  ) {
    super(kind, options, open, (arena) => {
      const { places = DEFAULT_PLACES } = options as SharedLockOptions;
      checkInteger(places, 'places', 1, MOST_PLACES);
      return makeTable(arena, { ...plan(), places });
    });
    this.#what = kind.name;
    this.table = new PermitTable(this.arena, this.pointer, this.clock);
    this.line = this.lineAt(this.table.bell);
  }

  /** How many wait, in all threads. */
  get waiting(): number {
    this.alive;
    return this.table.waiting;
  }

  get closed(): boolean {
    this.alive;
    return this.table.closed;
  }

  /** Lends nothing more, in all threads: those who wait get a `ClosedError`. What is held is given back as ever. */
  close(): void {
    this.alive;
    this.table.close();
  }

  /** Verifies every invariant; throws when one is broken. Nobody may take or give meanwhile. O(places). For tests. */
  check(): void {
    this.alive;
    const broken = this.table.check();
    if (broken !== 0) throw new Error(`${this.#what}: invariant ${broken} is broken`);
  }

  /** Frees it for all threads, when the others are done. Calls that wait here get a `ClosedError`. */
  override dispose(): void {
    if (!this.disposed) this.close();
    this.line.fail(new ClosedError(this.#what));
    super.dispose();
  }

  /** @internal */
  takeBack(_weight: number, permit: Permit): void {
    if (!this.disposed) this.table.leave((permit as SharedPermit).place);
  }

  /** @param onEntered runs once, when the call has its place among those who hold or wait */
  protected take(weight: number, options: WaitOptions, what: string, onEntered?: () => void): Promise<SharedPermit> {
    const call = new Taking(this.table, this, weight, `${this.#what}.${what}`, onEntered);
    const attempt = () => {
      this.alive;
      return call.attempt();
    };
    return this.line.wait(attempt, options, call.what, () => call.giveUp());
  }

  protected takeNow(weight: number, what: string): SharedPermit | undefined {
    this.alive;
    const place = this.table.enter(weight, false, `${this.#what}.${what}`);
    if (place < 0) return undefined;
    return new SharedPermit(this, weight, place, this.table.look(place) === Place.holdsAfterDead);
  }

  /** As `take`, holding the thread up. */
  protected takeSync(weight: number, options: SyncWaitOptions, what: string, onEntered?: () => void): SharedPermit {
    this.alive;
    const call = new Taking(this.table, this, weight, `${this.#what}.${what}`, onEntered);
    try {
      return this.hold(this.table.bell, call.what, options, () => call.attempt());
    } catch (error) {
      call.giveUp();
      throw error;
    }
  }
}

/** One call that takes permits: it enters the table once, and then looks at its place there. */
class Taking {
  readonly what: string;
  readonly #table: PermitTable;
  readonly #lender: Lender;
  readonly #weight: number;
  readonly #onEntered: (() => void) | undefined;
  #place = -1;

  constructor(table: PermitTable, lender: Lender, weight: number, what: string, onEntered?: () => void) {
    this.#onEntered = onEntered;
    this.#table = table;
    this.#lender = lender;
    this.#weight = weight;
    this.what = what;
  }

  attempt(): SharedPermit | typeof NOT_YET | typeof BUSY {
    if (this.#place < 0) {
      this.#place = this.#table.enter(this.#weight, true, this.what);
      if (this.#place === -1) return BUSY;
      if (this.#place < 0) throw new ClosedError('The lock');
      this.#onEntered?.();
    }
    const became = this.#table.look(this.#place);
    if (became === Place.waits) return NOT_YET;
    if (became === Place.gone) {
      this.giveUp();
      throw new ClosedError('The lock');
    }
    return new SharedPermit(this.#lender, this.#weight, this.#place, became === Place.holdsAfterDead);
  }

  giveUp(): void {
    if (this.#place >= 0) this.#table.leave(this.#place);
    this.#place = -1;
  }
}

/** Runs a function while holding a permit, which is given back however the function ends. */
export async function whileHolding<R>(
  got: Promise<SharedPermit>,
  fn: (permit: SharedPermit) => R | PromiseLike<R>,
): Promise<R> {
  const permit = await got;
  try {
    return await fn(permit);
  } finally {
    permit[Symbol.dispose]();
  }
}
