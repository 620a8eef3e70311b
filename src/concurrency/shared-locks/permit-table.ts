/**
 * Who holds permits, and who waits for them, in shared memory: what a lock between threads is made of.
 *
 *     offset  meaning (words)
 *          0  the inner lock: held for the few microseconds in which the table changes
 *          2  permits in all
 *          3  permits that nobody holds
 *          4  how many wait
 *          5  the next ticket
 *          6  places there are
 *          7  places that were ever used
 *          8  1 once it is closed
 *          9  1 while the last holder died and nobody was told yet
 *         10  places whose holder has let go without the inner lock
 *         11  who goes first: see Preference
 *         12  holders that died
 *         13  a weight whose holder may die without that anybody is told: who only reads leaves nothing half-done
 *         14  a mark that its owner gives a meaning
 *         15  1 while all with tickets up to word 31 are let in
 *         16  the bell, on a cache line of its own: rings when somebody is let in
 *         32  the places: state, identity, weight and ticket of each
 *
 * Every place is whole at any moment: its state is written last when it is taken and first when it is given up. Words 3 and 4 only
 * sum up what the places say. So who takes the inner lock over from a thread that died in it adds them up again and goes on.
 *
 * A holder or a waiter is dead when its participant left the arena or was buried. Whoever waits looks for such, a few times a
 * second.
 */

import type { Arena } from '../../../bindings/arena.js';
import { Bell } from '../../../bindings/bell.js';
import { RobustLock } from '../../../bindings/robust-lock.js';
import { QueueFullError } from '../../base/wait-errors.js';
import type { Clock } from '../../ports/clock.js';

const LOCK = 0;
const CAPACITY = 2;
const AVAILABLE = 3;
const WAITING = 4;
const TICKET = 5;
const PLACES = 6;
const USED = 7;
const CLOSED = 8;
const ABANDONED = 9;
const LET_GO = 10;
const PREFERENCE = 11;
const DIED = 12;
const HARMLESS = 13;
const MARK = 14;
const LETTING_IN = 15;
const BELL = 16;
const LET_IN_TO = 31;
const FIRST = 32;

// Words of a place.
const STATE = 0;
const IDENTITY = 1;
const WEIGHT = 2;
const TURN = 3;
const PLACE_WORDS = 4;

// States of a place.
const FREE = 0;
const WAITS = 1;
const HOLDS = 2;
/** Holds, and the one before it died while it held. */
const HOLDS_AFTER_DEAD = 3;
/** Gave back what it holds, or gave up waiting, without the inner lock. */
const GAVE_BACK = 4;
const GAVE_UP = 5;
/** Waited, and must not any more. */
const SENT_AWAY = 6;

const LOOK_FOR_DEAD_MS = 50;

/**
 * Who goes first. `shared`: who wants one permit, at once; `all`: who wants all of them; `together`: nobody before all are let
 * in, and nobody at all once one of them has died.
 */
export const Preference = { inOrder: 0, shared: 1, all: 2, anyWhoFits: 3, together: 4 } as const;

/** What became of a wait. */
export const Place = { waits: 0, holds: 1, holdsAfterDead: 2, gone: 3 } as const;

/** What a table begins with. */
export interface TablePlan {
  readonly places: number;
  readonly capacity: number;
  /** One of Preference. */
  readonly preference: number;
  /** Who dies holding so many permits leaves nothing half-done. */
  readonly harmless?: number;
}

/** Bytes of a table. */
function tableBytes(places: number): number {
  return 4 * (FIRST + PLACE_WORDS * places);
}

/** Makes a table, with all permits free. */
export function makeTable(arena: Arena, { places, capacity, preference, harmless = 0 }: TablePlan): number {
  const bytes = tableBytes(places);
  const root = arena.allocAligned(bytes, 64);
  arena.u8Until(root + bytes).fill(0, root, root + bytes);
  const at = root >>> 2;
  const words = arena.u32;
  words[at + CAPACITY] = capacity;
  words[at + AVAILABLE] = capacity;
  words[at + PLACES] = places;
  words[at + PREFERENCE] = preference;
  words[at + HARMLESS] = harmless;
  return root;
}

export class PermitTable {
  readonly bell: Bell;
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #arena: Arena;
  readonly #clock: Clock;
  readonly #lock: RobustLock;
  #takenOver = 0;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(arena: Arena, root: number, clock: Clock) {
    this.#words = new Int32Array(arena.memory.buffer);
    this.#at = root >>> 2;
    this.#arena = arena;
    this.#clock = clock;
    this.#lock = new RobustLock(this.#words, this.#at + LOCK, arena.participants, () => clock.monotonic());
    this.bell = new Bell(this.#words, this.#at + BELL);
  }

  get capacity(): number {
    return this.#get(CAPACITY);
  }

  get available(): number {
    return this.#get(AVAILABLE);
  }

  get waiting(): number {
    return this.#get(WAITING);
  }

  get places(): number {
    return this.#get(PLACES);
  }

  /** Holders that were found dead. */
  get died(): number {
    return this.#get(DIED);
  }

  /** A number that whoever owns the table gives a meaning, 0 at first. */
  get mark(): number {
    return this.#get(MARK);
  }

  set mark(value: number) {
    this.#set(MARK, value);
  }

  get closed(): boolean {
    return this.#get(CLOSED) !== 0;
  }

  // ── Taking ──────────────────────────────────────────────────────────────────────────────────────

  /**
   * Takes permits, or a place among those who wait for them.
   *
   * @returns the place; below 0: −1 when another thread is at it, −2 when it does not fit and `mayWait` is false, −3 when
   *   it is closed
   * @throws QueueFullError when all places are taken
   */
  enter(weight: number, mayWait: boolean, what: string): number {
    if (!this.#take()) return -1;
    try {
      if (this.closed) return -3;
      if (!this.#fits(weight)) this.#bringOut();
      const fits = this.#fits(weight);
      if (!fits && !mayWait) return -2;
      const place = this.#freePlace();
      if (place < 0) throw new QueueFullError(what, this.places);
      const words = this.#words;
      words[place + IDENTITY] = this.#arena.participants.identity;
      words[place + WEIGHT] = weight;
      words[place + TURN] = this.#add(TICKET, 1);
      if (fits) {
        this.#hold(place, weight);
      } else {
        words[place + STATE] = WAITS;
        this.#add(WAITING, 1);
      }
      return place;
    } finally {
      this.#give();
    }
  }

  /** What has become of one who entered. */
  look(place: number): number {
    const state = Atomics.load(this.#words, place + STATE);
    if (state === WAITS && this.closed) return Place.gone;
    if (state === WAITS) {
      this.#lookForDead();
      return Place.waits;
    }
    return state === HOLDS ? Place.holds : state === HOLDS_AFTER_DEAD ? Place.holdsAfterDead : Place.gone;
  }

  /** Whether those who hold have one among them who is dead, and may have made room: looked for now and then. */
  #lookForDead(): void {
    const now = this.#clock.monotonic();
    if (now - this.#lookedMs < LOOK_FOR_DEAD_MS || !this.#take()) return;
    this.#lookedMs = now;
    this.#bringOut();
    this.#handOn();
    this.#give();
  }

  // ── Giving back ─────────────────────────────────────────────────────────────────────────────────

  /** Gives back what a place holds, or gives up the wait it stands for. Waits for nobody. */
  leave(place: number): void {
    if (this.#take()) {
      this.#vacate(place);
      this.#handOn();
      this.#give();
      return;
    }
    const words = this.#words;
    for (;;) {
      const state = Atomics.load(words, place + STATE);
      const next = state === WAITS ? GAVE_UP : GAVE_BACK;
      if (Atomics.compareExchange(words, place + STATE, state, next) !== state) continue;
      if (state === WAITS) this.#add(WAITING, -1);
      break;
    }
    this.#add(LET_GO, 1);
    // Whoever has the inner lock sees that when it gives it back; if nobody has it any more, it is seen here.
    if (this.#take()) {
      this.#handOn();
      this.#give();
    }
  }

  /** Of one who holds all permits: it keeps as many. */
  shrink(place: number, weight: number): boolean {
    if (!this.#take()) return false;
    const words = this.#words;
    this.#add(AVAILABLE, (words[place + WEIGHT] as number) - weight);
    words[place + WEIGHT] = weight;
    this.#handOn();
    this.#give();
    return true;
  }

  /** Of one who holds some: it holds more, if they are free. 1 when it does, 0 when not, −1 when another thread is at it. */
  grow(place: number, weight: number): number {
    if (!this.#take()) return -1;
    const words = this.#words;
    this.#bringOut();
    const more = weight - (words[place + WEIGHT] as number);
    const fits = more <= this.available;
    if (fits) {
      this.#add(AVAILABLE, -more);
      words[place + WEIGHT] = weight;
    }
    this.#give();
    return fits ? 1 : 0;
  }

  // ── Letting in, whether there are permits or not ────────────────────────────────────────────────

  /**
   * Lets in the first who wait.
   *
   * @param together only if there are so many, and then all of them, whoever dies meanwhile
   * @returns how many
   * @throws SharedArenaError when another thread is at it, and this one must not wait
   */
  letIn(count: number, together = false): number {
    this.#lock.take();
    this.#mend();
    this.#bringOut();
    let done = 0;
    if (!together || this.waiting >= count) {
      if (together) {
        this.#set(LET_IN_TO, this.#ticketOf(count));
        this.#set(LETTING_IN, 1);
      }
      for (let place = this.#next(true); place >= 0 && done < count; place = this.#next(true)) {
        this.#letIn(place);
        done++;
      }
      this.#set(LETTING_IN, 0);
    }
    this.bell.ring();
    this.#give();
    return done;
  }

  /** Sends all away who wait, and sets the mark. @throws SharedArenaError as `letIn` */
  sendAway(mark: number): void {
    this.#lock.take();
    this.#mend();
    this.#sendAway(mark);
    this.#give();
  }

  #sendAway(mark: number): void {
    this.mark = mark;
    for (let i = 0; i < this.#get(USED); i++) {
      if (Atomics.compareExchange(this.#words, this.#placeAt(i) + STATE, WAITS, SENT_AWAY) === WAITS)
        this.#add(WAITING, -1);
    }
    this.bell.ringAnyway();
  }

  #letIn(place: number): void {
    this.#add(WAITING, -1);
    this.#add(AVAILABLE, -(this.#words[place + WEIGHT] as number));
    if (Atomics.compareExchange(this.#words, place + STATE, WAITS, HOLDS) === WAITS) return;
    // It has just given up.
    this.#addUp();
  }

  /** The ticket of the one who came at this place in the order, from 1. */
  #ticketOf(order: number): number {
    const words = this.#words;
    const next = this.#get(TICKET);
    const tickets: number[] = [];
    for (let i = 0; i < this.#get(USED); i++) {
      const place = this.#placeAt(i);
      // Counted back from the next, so that it does not matter where tickets begin anew.
      if (words[place + STATE] === WAITS) tickets.push(((words[place + TURN] as number) - next) | 0);
    }
    tickets.sort((a, b) => a - b);
    return ((tickets[order - 1] as number) + next) | 0;
  }

  /** Lends nothing more, to no thread. Idempotent. */
  close(): void {
    Atomics.store(this.#words, this.#at + CLOSED, 1);
    this.bell.ringAnyway();
  }

  /** The number of the first invariant that is broken, or 0. Nobody may change it meanwhile. */
  check(): number {
    let held = 0;
    let waiting = 0;
    for (let i = 0; i < this.places; i++) {
      const place = this.#placeAt(i);
      const state = this.#words[place + STATE] as number;
      if (state < FREE || state > SENT_AWAY) return 1;
      if (state !== FREE && i >= this.#get(USED)) return 2;
      if (isHeld(state)) held += this.#words[place + WEIGHT] as number;
      if (state === WAITS) waiting++;
    }
    if (held + this.available !== this.capacity) return 3;
    return waiting === this.waiting ? 0 : 4;
  }

  // ── Under the inner lock ────────────────────────────────────────────────────────────────────────

  #take(): boolean {
    if (!this.#lock.tryTake()) return false;
    this.#mend();
    if (this.#get(LET_GO) !== 0) this.#bringOut();
    return true;
  }

  /** What a thread has left half-done that died while it had the inner lock. */
  #mend(): void {
    if (this.#lock.takenOver === this.#takenOver) return;
    this.#takenOver = this.#lock.takenOver;
    this.#addUp();
    if (this.#get(LETTING_IN) === 0) return;
    const last = this.#get(LET_IN_TO);
    for (let place = this.#next(true); place >= 0; place = this.#next(true)) {
      if ((((this.#words[place + TURN] as number) - last) | 0) > 0) break;
      this.#letIn(place);
    }
    this.#set(LETTING_IN, 0);
    this.bell.ring();
  }

  /** Gives the inner lock back, and does what others could not do meanwhile. */
  #give(): void {
    this.#lock.give();
    while (this.#get(LET_GO) !== 0 && this.#take()) {
      this.#handOn();
      this.#lock.give();
    }
  }

  /** What the places say, whoever died while the sums changed. */
  #addUp(): void {
    let held = 0;
    let waiting = 0;
    for (let i = 0; i < this.#get(USED); i++) {
      const place = this.#placeAt(i);
      const state = Atomics.load(this.#words, place + STATE);
      if (isHeld(state)) held += this.#words[place + WEIGHT] as number;
      else if (state === WAITS) waiting++;
    }
    this.#set(AVAILABLE, this.capacity - held);
    this.#set(WAITING, waiting);
  }

  #fits(weight: number): boolean {
    if (weight > this.available) return false;
    if (this.waiting === 0) return true;
    const preference = this.#get(PREFERENCE);
    if (preference === Preference.anyWhoFits) return true;
    return preference === Preference.shared && weight === 1;
  }

  #hold(place: number, weight: number): void {
    this.#add(AVAILABLE, -weight);
    const afterDead = this.#get(ABANDONED) !== 0;
    Atomics.store(this.#words, place + STATE, afterDead ? HOLDS_AFTER_DEAD : HOLDS);
    // Not before: who dies in between has it told twice rather than never.
    if (afterDead) this.#set(ABANDONED, 0);
  }

  #freePlace(): number {
    const words = this.#words;
    const used = this.#get(USED);
    for (let i = 0; i < used; i++) if (words[this.#placeAt(i) + STATE] === FREE) return this.#placeAt(i);
    if (used === this.places) return -1;
    this.#set(USED, used + 1);
    return this.#placeAt(used);
  }

  #vacate(place: number): void {
    const words = this.#words;
    // Somebody may let go of it meanwhile, without the inner lock.
    const state = Atomics.exchange(words, place + STATE, FREE);
    if (state === WAITS) this.#add(WAITING, -1);
    else if (isHeld(state)) this.#add(AVAILABLE, words[place + WEIGHT] as number);
  }

  /** Brings out those who are dead, or have let go without the inner lock. */
  #bringOut(): void {
    const { participants } = this.#arena;
    const words = this.#words;
    for (let i = 0; i < this.#get(USED); i++) {
      const place = this.#placeAt(i);
      const state = Atomics.load(words, place + STATE);
      if (state === FREE) continue;
      if (state === GAVE_BACK || state === GAVE_UP) {
        Atomics.sub(words, this.#at + LET_GO, 1);
        this.#vacate(place);
      } else if (!participants.isHere(words[place + IDENTITY] as number)) {
        if (state === WAITS && this.#get(PREFERENCE) === Preference.together) this.#sendAway(1);
        if (isHeld(state)) {
          if (words[place + WEIGHT] !== this.#get(HARMLESS)) this.#set(ABANDONED, 1);
          this.#add(DIED, 1);
        }
        this.#vacate(place);
      }
    }
  }

  /** Lets in whose turn it is. */
  #handOn(): void {
    let rings = false;
    while (this.waiting > 0 && !this.closed) {
      const place = this.#next();
      if (place < 0) break;
      if (!this.#arena.participants.isHere(this.#words[place + IDENTITY] as number)) {
        this.#vacate(place);
        continue;
      }
      this.#add(WAITING, -1);
      // It may just have given up.
      const weight = this.#words[place + WEIGHT] as number;
      this.#add(AVAILABLE, -weight);
      const state = this.#get(ABANDONED) !== 0 ? HOLDS_AFTER_DEAD : HOLDS;
      if (Atomics.compareExchange(this.#words, place + STATE, WAITS, state) !== WAITS) {
        this.#add(AVAILABLE, weight);
        this.#add(WAITING, 1);
        this.#bringOut();
        continue;
      }
      this.#set(ABANDONED, 0);
      rings = true;
    }
    if (rings) this.bell.ring();
  }

  /** The place of the one who is let in next, or −1 when nobody is. `anyway`: even if there are no permits. */
  #next(anyway = false): number {
    const words = this.#words;
    const preference = this.#get(PREFERENCE);
    let best = -1;
    for (let i = 0; i < this.#get(USED); i++) {
      const place = this.#placeAt(i);
      if (words[place + STATE] !== WAITS) continue;
      if (preference === Preference.anyWhoFits && (words[place + WEIGHT] as number) > this.available) continue;
      if (best < 0 || this.#isBefore(place, best, preference)) best = place;
    }
    return best >= 0 && (anyway || (words[best + WEIGHT] as number) <= this.available) ? best : -1;
  }

  #isBefore(place: number, other: number, preference: number): boolean {
    const words = this.#words;
    const mine = words[place + WEIGHT] === 1;
    const others = words[other + WEIGHT] === 1;
    if (mine !== others && preference === Preference.shared) return mine;
    if (mine !== others && preference === Preference.all) return others;
    return (((words[place + TURN] as number) - (words[other + TURN] as number)) | 0) < 0;
  }

  #placeAt(index: number): number {
    return this.#at + FIRST + PLACE_WORDS * index;
  }

  #get(word: number): number {
    return Atomics.load(this.#words, this.#at + word);
  }

  #set(word: number, value: number): void {
    Atomics.store(this.#words, this.#at + word, value);
  }

  /** What was there before. */
  #add(word: number, delta: number): number {
    return Atomics.add(this.#words, this.#at + word, delta);
  }
}

function isHeld(state: number): boolean {
  return state >= HOLDS && state <= GAVE_BACK;
}
