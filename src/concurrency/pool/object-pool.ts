/**
 * `ObjectPool`: things that are costly to make, lent to one at a time and used again.
 *
 * What is idle and needs no test is lent at once; else who asks waits, and whatever comes free goes to who waits first, by
 * priority and then in order. Acquiring and giving back are O(1), with priorities O(log p) in the number of different ones that
 * wait. Invariants: every thing is idle, lent or tested; while anybody waits nothing is idle that could be lent.
 */

import { Events, type Listener } from '../../base/events.js';
import { ClosedError } from '../../base/wait-errors.js';
import { checkWait, type WaitOptions } from '../../base/waiter.js';
import { Times } from '../worker-pool/times.js';
import { Ender } from './ender.js';
import { type Destroyed, type Entry, Lease, type Lending } from './entry.js';
import { Line } from './line.js';
import { type Made, Maker, type MakerOwner } from './maker.js';
import { checkSizes, type ObjectPoolOptions, type Settings, settingsOf } from './options.js';
import { Stock } from './stock.js';
import { Tester } from './tester.js';
import type { AcquireOptions, PoolEvents, PoolStats } from './types.js';
import { Upkeep } from './upkeep.js';
import { Watchers } from './watchers.js';

const NO_OPTIONS: AcquireOptions = Object.freeze({});

export class ObjectPool<T> implements Lending<T> {
  readonly #settings: Settings<T>;
  readonly #maker: Maker<T>;
  readonly #upkeep: Upkeep<T>;
  readonly #stock: Stock<T>;
  readonly #waiters: Line<T>;
  readonly #watchers: Watchers;
  readonly #tester: Tester<T>;
  readonly #ender: Ender<T>;
  readonly #events = new Events<PoolEvents<T>>();
  readonly #times: { readonly wait: Times; readonly lent: Times } | undefined;
  /** Whether something is noted of each loan. */
  readonly #recordsLoan: boolean;
  /** Leases that were dropped without giving back, while leaks are looked for. */
  readonly #lost: FinalizationRegistry<Entry<T>> | undefined;
  #min: number;
  #max: number;
  #closed: ClosedError | undefined = undefined;
  #proving = 0;
  readonly #counts = {
    created: 0,
    createFailures: 0,
    destroyed: 0,
    invalid: 0,
    acquired: 0,
    leaks: 0,
  };

  /** @throws TypeError, RangeError for options that no pool has */
  constructor(options: ObjectPoolOptions<T>) {
    const settings = settingsOf(options);
    this.#settings = settings;
    this.#stock = new Stock(settings);
    this.#min = settings.min;
    this.#max = settings.max;
    this.#times = settings.histograms ? { wait: new Times(), lent: new Times() } : undefined;
    const looksForLeaks = settings.leakAfterMs !== Number.POSITIVE_INFINITY;
    this.#recordsLoan = settings.histograms || looksForLeaks;
    this.#lost = looksForLeaks ? new FinalizationRegistry((entry) => this.#reclaim(entry)) : undefined;
    this.#waiters = new Line(settings, this.#times?.wait, () => this.#watchers.tell());
    this.#watchers = new Watchers(settings.timer, settings.maxWaiting);
    this.#tester = new Tester(settings, (entry, why, error) => this.#refuse(entry, why, error));
    const failed = (value: T, error: unknown): void => {
      if (this.#events.active) this.#events.emit('destroyFailed', { value, error });
    };
    this.#ender = new Ender(settings, failed, () => {
      this.#serve();
      this.#watchers.tell();
    });
    this.#maker = new Maker(this.#makerOwner(), settings);
    this.#upkeep = new Upkeep(settings, {
      idle: this.#stock.idle,
      lent: this.#stock.lent,
      spare: () => this.#stock.size - this.#min,
      destroy: (entry, why) => this.#destroy(entry, why),
      keepAlive: (entry) => this.#keepAlive(entry),
      leak: (entry, lentMs) => this.#leak(entry, lentMs),
    });
    this.#maker.make();
  }

  // ── Lending ─────────────────────────────────────────────────────────────────────────────────────

  /**
   * Waits for something and borrows it.
   *
   * @throws TypeError, RangeError at once, for options that cannot be
   * @returns a promise that rejects with `signal.reason`, `TimeoutError`, `QueueFullError`, `PoolUnavailableError` or `ClosedError`
   */
  acquire(options: AcquireOptions = NO_OPTIONS): Promise<Lease<T>> {
    if (options !== NO_OPTIONS) {
      checkAcquire(options);
      if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    }
    const lease = this.tryAcquire();
    return lease === undefined ? this.#wait(options) : Promise.resolve(lease);
  }

  /** What can be lent without waiting, made if that takes no time; `undefined` when there is nothing. */
  tryAcquire(): Lease<T> | undefined {
    if (this.#waiters.size > 0 || this.#closed !== undefined) return undefined;
    if (this.#stock.idle.size === 0) {
      if (this.#stock.size + this.#maker.making + this.#ender.ending >= this.#max) return undefined;
      this.#maker.now();
      // What has just been made is asked nothing.
      const made = this.#next();
      if (made !== undefined) return this.#lend(made);
    }
    for (let entry = this.#next(); entry !== undefined; entry = this.#next()) {
      const sound = this.#tester.beforeLoan(entry);
      if (sound === true) return this.#lend(entry);
      if (sound !== false) {
        this.#prove(entry, sound);
        return undefined;
      }
    }
    return undefined;
  }

  /**
   * Runs a function with something borrowed, and gives it back however the function ends; it is destroyed when `isBroken` says so
   * of what was thrown. Rejects as `acquire` does, and as the function.
   */
  async use<R>(fn: (value: T) => R | PromiseLike<R>, options?: AcquireOptions): Promise<R> {
    if (typeof fn !== 'function') throw new TypeError(`What is run must be a function, got ${typeof fn}`);
    const lease = await this.acquire(options);
    const { value } = lease;
    try {
      return await fn(value);
    } catch (error) {
      if (this.#settings.isBroken?.(error, value) === true && !lease.released) lease.destroy();
      throw error;
    } finally {
      lease[Symbol.dispose]();
    }
  }

  /** As `lease.release()`. */
  release(lease: Lease<T>): void {
    lease.release();
  }

  #wait(options: AcquireOptions): Promise<Lease<T>> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const { unavailable } = this.#maker;
    if (unavailable !== undefined && this.#stock.size === 0) return Promise.reject(unavailable);
    const lease = this.#waiters.wait(options);
    this.#serve();
    return lease;
  }

  /** The idle one whose turn it is, out of the list. What is not to be lent any more is destroyed on the way. */
  #next(): Entry<T> | undefined {
    for (let entry = this.#stock.next(); entry !== undefined; entry = this.#stock.next()) {
      if (entry.doom === undefined) return entry;
      this.#destroy(entry, entry.doom);
    }
    return undefined;
  }

  #lend(entry: Entry<T>): Lease<T> {
    entry.state = 'lent';
    entry.uses++;
    this.#stock.lent.push(entry);
    this.#counts.acquired++;
    if (this.#recordsLoan) this.#upkeep.lent(entry);
    if (this.#events.active) this.#events.emit('acquired', { value: entry.value });
    const lease = new Lease<T>(this, entry);
    this.#lost?.register(lease, entry, entry);
    return lease;
  }

  /** Gives who waits what is idle, and sees to it that more is made. */
  #serve(): void {
    while (this.#waiters.size > this.#proving) {
      const entry = this.#next();
      if (entry === undefined) break;
      const sound = this.#tester.beforeLoan(entry);
      if (sound === true) this.#grant(entry);
      else if (sound !== false) this.#prove(entry, sound);
    }
    this.#maker.make();
  }

  #grant(entry: Entry<T>): void {
    this.#waiters.grant(this.#lend(entry));
  }

  // ── Testing ─────────────────────────────────────────────────────────────────────────────────────

  #refuse(entry: Entry<T>, why: 'invalid' | 'reset failed', error: unknown): void {
    if (entry.state === 'gone') return;
    this.#counts.invalid++;
    if (this.#events.active) this.#events.emit('invalid', { value: entry.value, error });
    this.#destroy(entry, why);
  }

  /** Who waits gets it when it turns out to be sound. */
  #prove(entry: Entry<T>, sound: Promise<boolean>): void {
    entry.state = 'tested';
    this.#proving++;
    void sound.then((is) => {
      this.#proving--;
      this.#offerTested(entry, is);
    });
  }

  #keepAlive(entry: Entry<T>): void {
    this.#stock.idle.remove(entry);
    void this.#offerIf(entry, this.#tester.validate(entry));
  }

  #offerIf(entry: Entry<T>, sound: boolean | Promise<boolean>): void | Promise<void> {
    if (sound === true) return this.#offer(entry);
    if (sound !== false) return sound.then((is) => this.#offerTested(entry, is));
  }

  #offerTested(entry: Entry<T>, sound: boolean): void {
    if (!sound) return this.#serve();
    if (this.#upkeep.timed) entry.sinceMs = this.#settings.clock.monotonic();
    this.#offer(entry);
  }

  /** Something may be lent: to who waits, or later. */
  #offer(entry: Entry<T>): void {
    if (entry.state === 'gone') return;
    if (this.#closed !== undefined) return this.#destroy(entry, 'closed');
    if (entry.doom !== undefined) return this.#destroy(entry, entry.doom);
    entry.state = 'idle';
    if (this.#waiters.size > 0) return this.#grant(entry);
    this.#stock.idle.push(entry);
    this.#watchers.tell();
  }

  /** @internal Leases give back by themselves. */
  takeBack(entry: Entry<T>, broken: boolean): void | Promise<void> {
    this.#stock.lent.remove(entry);
    if (this.#recordsLoan) {
      this.#upkeep.back(entry, this.#times?.lent);
      this.#lost?.unregister(entry);
    }
    if (this.#events.active) this.#events.emit('released', { value: entry.value });
    if (entry.state === 'gone') return;
    if (this.#upkeep.timed) entry.sinceMs = entry.idleMs = this.#settings.clock.monotonic();
    if (broken) return this.#destroy(entry, 'broken');
    if (entry.uses >= this.#settings.maxUses) return this.#destroy(entry, 'worn');
    if (!this.#tester.testsReturn || entry.doom !== undefined || this.#closed !== undefined) return this.#offer(entry);
    return this.#offerIf(entry, this.#tester.afterReturn(entry));
  }

  // ── Making and destroying ───────────────────────────────────────────────────────────────────────

  #makerOwner(): MakerOwner<T> {
    const pool = this;
    return {
      get lacking() {
        return pool.#lacking;
      },
      made: (value, handle) => this.#made(value, handle),
      failed: (error) => {
        this.#counts.createFailures++;
        if (this.#events.active) this.#events.emit('createFailed', { error });
      },
      unavailable: (error) => {
        if (this.#events.active) this.#events.emit('unavailable', { error });
        // While some are lent they will come back: who waits for those waits.
        if (this.#stock.size === 0) this.#waiters.failAll(error);
        this.#watchers.tell();
      },
      broken: (handle) => {
        const entry = this.#stock.of(handle);
        if (entry !== undefined) this.#doom(entry, 'broken');
      },
      late: (value) => this.#end(value, 'closed'),
    };
  }

  get #lacking(): number {
    if (this.#closed !== undefined) return 0;
    // What is being destroyed still takes its place: a server may count it.
    const there = this.#stock.size + this.#maker.making + this.#ender.ending;
    const wanted = Math.max(this.#min - there, this.#waiters.size - this.#proving - this.#maker.making);
    return Math.min(wanted, this.#max - there);
  }

  #made(value: T, handle: Made): void {
    const nowMs = this.#upkeep.timed ? this.#settings.clock.monotonic() : 0;
    const entry = this.#stock.add(value, handle, nowMs);
    this.#counts.created++;
    if (this.#events.active) this.#events.emit('created', { value });
    this.#upkeep.begin();
    if (handle.broke) return this.#destroy(entry, 'broken');
    this.#offer(entry);
  }

  /** It is not lent again: it goes now, or when it comes back. */
  #doom(entry: Entry<T>, why: Destroyed): void {
    if (entry.state === 'gone') return;
    if (entry.state === 'idle') {
      this.#stock.idle.remove(entry);
      this.#destroy(entry, why);
    } else entry.doom ??= why;
  }

  #destroy(entry: Entry<T>, why: Destroyed): void {
    if (entry.state === 'gone') return;
    entry.state = 'gone';
    this.#stock.remove(entry);
    if (this.#stock.size === 0) this.#upkeep.end();
    this.#end(entry.value, why);
    this.#serve();
    this.#watchers.tell();
  }

  #end(value: T, why: Destroyed): void {
    this.#counts.destroyed++;
    if (this.#events.active) this.#events.emit('destroyed', { value, why });
    this.#ender.end(value);
  }

  #leak(entry: Entry<T>, lentMs: number): void {
    this.#counts.leaks++;
    if (this.#events.active) {
      this.#events.emit('leak', { value: entry.value, lentMs, borrowed: entry.borrowed as Error });
    }
  }

  /** Nobody can give it back any more. */
  #reclaim(entry: Entry<T>): void {
    if (entry.state !== 'lent') return;
    if (!entry.leaked) this.#leak(entry, this.#settings.clock.monotonic() - entry.lentMs);
    this.#destroy(entry, 'lost');
  }

  /** What it holds of a value, or all for which a function says so, is not lent again; how many. What is lent goes when it comes back. */
  evict(which: T | ((value: T) => boolean)): number {
    const wanted = typeof which === 'function' ? (which as (value: T) => boolean) : (value: T) => value === which;
    const found = this.#stock.all().filter((entry) => wanted(entry.value));
    for (const entry of found) this.#doom(entry, 'evicted');
    return found.length;
  }

  /** All that there is now is not lent again, as after the other side was replaced. */
  clear(): number {
    return this.evict(() => true);
  }

  // ── The pool ────────────────────────────────────────────────────────────────────────────────────

  /** Waits until at least `min` are there. */
  warm(options: WaitOptions = NO_OPTIONS): Promise<void> {
    this.#maker.make();
    return this.#watchers.until(() => this.#stock.size >= this.#min, options, `${this.#settings.name}: warm`);
  }

  /** Waits until nothing is lent and nobody waits. */
  onIdle(options: WaitOptions = NO_OPTIONS): Promise<void> {
    const idle = (): boolean => this.#stock.lent.size === 0 && this.#waiters.size === 0;
    return this.#watchers.until(idle, options, `${this.#settings.name}: onIdle`);
  }

  /** Changes how many there may be. What is too much goes when it is idle. @throws TypeError, RangeError */
  resize(min: number, max: number): void {
    checkSizes(min, max);
    this.#min = min;
    this.#max = max;
    for (const entry of this.#stock.surplus(this.#stock.size - max)) this.#doom(entry, 'resized');
    this.#serve();
  }

  /**
   * Lends nothing more: who waits gets a `ClosedError`. Waits until all that is lent has come back and everything is destroyed.
   * When the options end the wait, what is lent is destroyed under its borrowers, and the promise resolves.
   */
  close(options: WaitOptions = NO_OPTIONS): Promise<void> {
    checkWait(options);
    if (this.#closed === undefined) {
      this.#closed = new ClosedError(this.#settings.name);
      this.#maker.close(this.#closed);
      this.#waiters.failAll(this.#closed);
      for (let entry = this.#stock.idle.first; entry !== undefined; entry = this.#stock.idle.first)
        this.#doom(entry, 'closed');
      this.#watchers.tell();
    }
    return this.#finish(options);
  }

  async #finish(options: WaitOptions): Promise<void> {
    const gone = (): boolean => this.#stock.size === 0 && this.#ender.ending === 0;
    const what = `${this.#settings.name}: close`;
    try {
      await this.#watchers.until(gone, options, what);
    } catch {
      for (const entry of this.#stock.all()) this.#destroy(entry, 'closed');
      // Destroying has its own deadline.
      await this.#watchers.until(gone, NO_OPTIONS, what);
    }
    this.#times?.wait.dispose();
    this.#times?.lent.dispose();
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  get size(): number {
    return this.#stock.size;
  }

  /** Closes, without waiting. */
  [Symbol.dispose](): void {
    void this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Tells when something happens; what comes back ends that. @throws TypeError */
  on<K extends keyof PoolEvents<T>>(event: K, listener: Listener<PoolEvents<T>[K]>): () => void {
    return this.#events.on(event, listener);
  }

  stats(): PoolStats {
    return {
      size: this.#stock.size,
      idle: this.#stock.idle.size,
      lent: this.#stock.lent.size,
      tested: this.#stock.size - this.#stock.idle.size - this.#stock.lent.size,
      making: this.#maker.making,
      waiting: this.#waiters.size,
      ...this.#counts,
      ...this.#waiters.counts,
      waitMs: this.#times?.wait.stats(),
      lentMs: this.#times?.lent.stats(),
    };
  }
}

function checkAcquire(options: AcquireOptions): void {
  checkWait(options);
  const { priority = 0 } = options;
  if (typeof priority !== 'number' || Number.isNaN(priority)) {
    throw new TypeError(`priority must be a number, got ${String(priority)}`);
  }
}
