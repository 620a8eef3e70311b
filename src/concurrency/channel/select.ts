/**
 * Select (Go's `select`): waits until one of several sends and receives can happen, and does that one, no other. Among those
 * that can happen at once, chance decides, so that none is starved. O(cases).
 */

import { Link } from '../../base/linked-list.js';
import { QueueFullError } from '../../base/wait-errors.js';
import { checkWait, Waiter, type WaitOptions } from '../../base/waiter.js';
import { type Random, systemRandom } from '../../ports/random.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import type { Channel } from './channel.js';
import type { Failure, Receiver, Sender } from './parties.js';

/** Of any values: what a case holds it for is known where the case was made. */
// biome-ignore lint/suspicious/noExplicitAny: a channel of T is no channel of unknown, since it takes T.
type AnyChannel = Channel<any>;

export interface ReceiveCase<T> {
  readonly kind: 'receive';
  readonly channel: AnyChannel;
  /** Of no value: it has the type of what is received. */
  readonly received?: T;
}

export interface SendCase<T> {
  readonly kind: 'send';
  readonly channel: AnyChannel;
  readonly value: T;
}

type AnyCase = ReceiveCase<unknown> | SendCase<unknown>;

export interface Received<T, Index extends number = number> {
  readonly index: Index;
  readonly kind: 'receive';
  /** `undefined` when `done`. */
  readonly value: T | undefined;
  /** The channel is closed and empty. */
  readonly done: boolean;
}

export interface Sent<Index extends number = number> {
  readonly index: Index;
  readonly kind: 'send';
  /** Whether the value was taken: false when the channel dropped it. */
  readonly taken: boolean;
}

type IndexOf<K> = K extends `${infer N extends number}` ? N : number;

/** What happened, by the index of the case. */
export type Selected<Cases extends readonly unknown[]> = {
  [K in keyof Cases]: Cases[K] extends ReceiveCase<infer T> ? Received<T, IndexOf<K>> : Sent<IndexOf<K>>;
}[number];

export interface SelectOptions extends WaitOptions {
  /** Chooses among the cases that can happen at once. Default the platform's. */
  random?: Random;
  /** Default the platform's. */
  timer?: Timer;
}

const NO_OPTIONS: SelectOptions = Object.freeze({});

export function receiveFrom<T>(channel: Channel<T>): ReceiveCase<T> {
  return { kind: 'receive', channel: channel as AnyChannel };
}

export function sendTo<T>(channel: Channel<T>, value: T): SendCase<T> {
  return { kind: 'send', channel, value };
}

/**
 * Waits until one of the cases can happen, and does it.
 *
 * @returns which, and what was received. Rejects with `ClosedError` when the case chosen sends to a closed channel, with what
 *   a channel was closed with, `signal.reason`, `TimeoutError` or `QueueFullError`; then nothing was sent or received
 */
export function select<const Cases extends readonly AnyCase[]>(
  cases: Cases,
  options: SelectOptions = NO_OPTIONS,
): Promise<Selected<Cases>> {
  checkCases(cases);
  checkWait(options);
  if (options.signal?.aborted) return Promise.reject(options.signal.reason);
  try {
    const now = trySelect(cases, options);
    if (now !== undefined) return Promise.resolve(now);
  } catch (reason) {
    return Promise.reject(reason);
  }
  return new Selection(cases).wait(options) as Promise<Selected<Cases>>;
}

/** Select with a default case: does one of the cases that can happen now, or gives `undefined`. @throws as `select` rejects */
export function trySelect<const Cases extends readonly AnyCase[]>(
  cases: Cases,
  options: Pick<SelectOptions, 'random'> = NO_OPTIONS,
): Selected<Cases> | undefined {
  checkCases(cases);
  let ready = 0;
  for (const it of cases) if (isReady(it)) ready++;
  if (ready === 0) return undefined;
  let skip = ready === 1 ? 0 : Math.floor((options.random ?? systemRandom).float() * ready);
  for (const [index, it] of cases.entries()) {
    if (isReady(it) && skip-- === 0) return perform(it, index) as Selected<Cases>;
  }
  return undefined;
}

function isReady(it: AnyCase): boolean {
  return it.kind === 'send' ? it.channel.canSend : it.channel.canReceive;
}

function perform(it: AnyCase, index: number): Received<unknown> | Sent {
  const { channel } = it;
  if (it.kind === 'send') {
    const taken = channel.trySend(it.value);
    if (!taken && channel.refuses) throw new QueueFullError('select', channel.capacity);
    return { index, kind: 'send', taken };
  }
  const values = channel.tryReceiveMany(1);
  if (values.length > 0) return { index, kind: 'receive', value: values[0], done: false };
  if (channel.failure !== undefined) throw channel.failure.reason;
  return { index, kind: 'receive', value: undefined, done: true };
}

/** One wait at several channels: a place at each, all of which are left when one is served. */
class Selection {
  readonly #cases: readonly AnyCase[];
  readonly #waiter = new Waiter<Received<unknown> | Sent>();
  readonly #places: Link[] = [];

  constructor(cases: readonly AnyCase[]) {
    this.#cases = cases;
  }

  wait(options: SelectOptions): Promise<Received<unknown> | Sent> {
    for (const [index, it] of this.#cases.entries()) {
      const enrolled =
        it.kind === 'send'
          ? it.channel.enrolSender(this.#placed(new SendPlace(this, index, it.value)))
          : it.channel.enrolReceiver(this.#placed(new ReceivePlace(this, index)));
      if (!enrolled) {
        this.#leave();
        return Promise.reject(new QueueFullError('select', this.#places.length - 1));
      }
    }
    this.#waiter.heed(options, options.timer ?? systemTimer, 'select', () => this.#leave());
    return this.#waiter.promise;
  }

  settle(result: Received<unknown> | Sent): void {
    this.#leave();
    this.#waiter.grant(result);
  }

  fail(reason: unknown): void {
    this.#leave();
    this.#waiter.fail(reason);
  }

  #placed<P extends Link>(place: P): P {
    this.#places.push(place);
    return place;
  }

  #leave(): void {
    for (const place of this.#places) place.list?.remove(place);
  }
}

class ReceivePlace extends Link implements Receiver<unknown> {
  readonly #selection: Selection;
  readonly #index: number;

  constructor(selection: Selection, index: number) {
    super();
    this.#selection = selection;
    this.#index = index;
  }

  receive(value: unknown): void {
    this.#selection.settle({ index: this.#index, kind: 'receive', value, done: false });
  }

  end(failure: Failure | undefined): void {
    if (failure !== undefined) this.#selection.fail(failure.reason);
    else this.#selection.settle({ index: this.#index, kind: 'receive', value: undefined, done: true });
  }
}

class SendPlace extends Link implements Sender<unknown> {
  readonly value: unknown;
  readonly #selection: Selection;
  readonly #index: number;

  constructor(selection: Selection, index: number, value: unknown) {
    super();
    this.value = value;
    this.#selection = selection;
    this.#index = index;
  }

  sent(): void {
    this.#selection.settle({ index: this.#index, kind: 'send', taken: true });
  }

  refused(error: unknown): void {
    this.#selection.fail(error);
  }
}

function checkCases(cases: readonly AnyCase[]): void {
  if (!Array.isArray(cases) || cases.length === 0) {
    throw new TypeError('select needs at least one case, from receiveFrom or sendTo: with none it would wait for ever');
  }
}
