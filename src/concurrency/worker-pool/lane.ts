/**
 * The lane between a pool and one of its threads: memory that both share, through which small tasks go there and small
 * results come back without a message.
 *
 *     word        meaning
 *     0           what the worker does: 0 it looks for tasks, 1 it sleeps on this word, 2 it waits for a message
 *     1           1 while the host waits for a message that there are results
 *     2           tasks queued so far (host)
 *     3           tasks looked at so far (worker)
 *     4           results so far (worker)
 *     5           1 while the worker is to look for tasks before it sleeps (host)
 *     16 … 79     slots of tasks (six bits) and their numbers, in the order in which they were queued, a ring
 *     80 … 143    slots of results, in the order in which they came, a ring
 *     256 …       64 slots of 1024 bytes
 *
 *     slot  word  meaning
 *           0     FREE, READY, TAKEN, DONE
 *           1     the task's number
 *           2     which function
 *           3     length of the value that follows, or BY_MESSAGE
 *           4     1 once the task is to stop
 *           5     1 when the result is an error
 *           6, 7  how long it ran, in milliseconds (f64)
 *           8 …   the value
 *
 * A slot goes FREE → READY by the host, → TAKEN by the worker, → DONE by the worker, → FREE by the host. From READY the host
 * may take it back: that, and taking it, are one compare-and-exchange each, so that a task is begun or is not, whoever dies
 * when. Whoever shares this memory with a worker that was killed throws it away with it.
 */

export const SLOTS = 64;
const MASK = SLOTS - 1;
const SLOT_BITS = 6;
const SLOT_BYTES = 1024;
const HEAD_BYTES = 32;
/** What a value may take. */
export const VALUE_BYTES = SLOT_BYTES - HEAD_BYTES;
const QUEUE = 16;
const RESULTS = QUEUE + SLOTS;
const FIRST_SLOT_BYTES = 1024;
const LANE_BYTES = FIRST_SLOT_BYTES + SLOTS * SLOT_BYTES;

const WORKER = 0;
const HOST = 1;
const QUEUED = 2;
const LOOKED_AT = 3;
const FINISHED = 4;
const LOOKING = 5;

const AWAKE = 0;
const ASLEEP = 1;
const PARKED = 2;

const FREE = 0;
const READY = 1;
const TAKEN = 2;
const DONE = 3;

/** The length of a value that comes by message. */
export const BY_MESSAGE = -1;

export const newLane = (): SharedArrayBuffer => new SharedArrayBuffer(LANE_BYTES);

/** What both ends see. */
class Lane {
  protected readonly words: Int32Array;
  protected readonly f64: Float64Array;
  readonly bytes: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
    this.f64 = new Float64Array(memory);
    this.bytes = new Uint8Array(memory);
  }

  /** Where the value of a slot is. */
  valueAt(slot: number): number {
    return FIRST_SLOT_BYTES + slot * SLOT_BYTES + HEAD_BYTES;
  }

  idOf(slot: number): number {
    return this.words[wordOf(slot) + 1] as number;
  }

  lengthOf(slot: number): number {
    return this.words[wordOf(slot) + 3] as number;
  }
}

export class HostLane extends Lane {
  readonly #free: number[] = Array.from({ length: SLOTS }, (_, i) => SLOTS - 1 - i);
  #queued = 0;
  #seen = 0;

  /** A slot to write a value into, or −1 when there is none. */
  get vacant(): number {
    if (this.#free.length === 0) return -1;
    if (((this.#queued - Atomics.load(this.words, LOOKED_AT)) | 0) >= SLOTS) return -1;
    return this.#free[this.#free.length - 1] as number;
  }

  /** Queues the vacant slot. What is to be done for the worker to see it: nothing (false), or send it a message (true). */
  queue(slot: number, id: number, name: number, length: number): boolean {
    this.#free.pop();
    const { words } = this;
    const at = wordOf(slot);
    words[at + 1] = id;
    words[at + 2] = name;
    words[at + 3] = length;
    words[at + 4] = 0;
    Atomics.store(words, at, READY);
    words[QUEUE + (this.#queued & MASK)] = entryOf(slot, id);
    this.#queued = (this.#queued + 1) | 0;
    Atomics.store(words, QUEUED, this.#queued);
    return this.#wake();
  }

  #wake(): boolean {
    const { words } = this;
    if (Atomics.load(words, WORKER) === AWAKE) return false;
    const was = Atomics.exchange(words, WORKER, AWAKE);
    if (was === ASLEEP) Atomics.notify(words, WORKER);
    return was === PARKED;
  }

  /** Takes a task back that the worker has not begun; false when it has. */
  takeBack(slot: number): boolean {
    if (Atomics.compareExchange(this.words, wordOf(slot), READY, FREE) !== READY) return false;
    this.#free.push(slot);
    return true;
  }

  hasBegun(slot: number): boolean {
    return Atomics.load(this.words, wordOf(slot)) !== READY;
  }

  stop(slot: number): void {
    Atomics.store(this.words, wordOf(slot) + 4, 1);
  }

  /** The slot of the next result, or −1. `release` it before asking again. */
  next(): number {
    if (Atomics.load(this.words, FINISHED) === this.#seen) return -1;
    const slot = this.words[RESULTS + (this.#seen & MASK)] as number;
    this.#seen = (this.#seen + 1) | 0;
    return slot;
  }

  failed(slot: number): boolean {
    return this.words[wordOf(slot) + 5] === 1;
  }

  ranMs(slot: number): number {
    return this.f64[(wordOf(slot) + 6) >> 1] as number;
  }

  release(slot: number): void {
    Atomics.store(this.words, wordOf(slot), FREE);
    this.#free.push(slot);
  }

  /** Whether the worker is to look for tasks before it sleeps. */
  look(looks: boolean): void {
    Atomics.store(this.words, LOOKING, looks ? 1 : 0);
  }

  /** Asks for a message when there is a result; false when there is one already. */
  listen(): boolean {
    Atomics.store(this.words, HOST, 1);
    return Atomics.load(this.words, FINISHED) === this.#seen;
  }
}

export class WorkerLane extends Lane {
  #looked = 0;
  #finished = 0;

  /** The next task, which is begun with that; −1 when there is none. */
  take(): number {
    const { words } = this;
    while (Atomics.load(words, QUEUED) !== this.#looked) {
      const entry = words[QUEUE + (this.#looked & MASK)] as number;
      const slot = entry & MASK;
      this.#looked = (this.#looked + 1) | 0;
      // Else it was taken back, and the slot is another's, whose turn comes.
      const taken =
        entry === entryOf(slot, this.idOf(slot)) &&
        Atomics.compareExchange(words, wordOf(slot), READY, TAKEN) === READY;
      Atomics.store(words, LOOKED_AT, this.#looked);
      if (taken) return slot;
    }
    return -1;
  }

  nameOf(slot: number): number {
    return this.words[wordOf(slot) + 2] as number;
  }

  stopped(slot: number, id: number): boolean {
    return Atomics.load(this.words, wordOf(slot) + 4) === 1 && this.idOf(slot) === id;
  }

  get looks(): boolean {
    return Atomics.load(this.words, LOOKING) === 1;
  }

  /** Looks for a task this often; true when there is one. */
  spin(times: number): boolean {
    for (let i = 0; i < times; i++) if (Atomics.load(this.words, QUEUED) !== this.#looked) return true;
    return false;
  }

  /** Sleeps until there is a task or the time has passed. */
  sleep(ms: number): void {
    const { words } = this;
    Atomics.store(words, WORKER, ASLEEP);
    if (Atomics.load(words, QUEUED) === this.#looked) Atomics.wait(words, WORKER, ASLEEP, ms);
    Atomics.store(words, WORKER, AWAKE);
  }

  /** Asks for a message when there is a task; false when there is one already. */
  park(): boolean {
    const { words } = this;
    Atomics.store(words, WORKER, PARKED);
    if (Atomics.load(words, QUEUED) === this.#looked) return true;
    // The host may have seen it, and sends its message for nothing.
    Atomics.store(words, WORKER, AWAKE);
    return false;
  }

  /** Looks for tasks again: no message is needed. */
  wake(): void {
    Atomics.store(this.words, WORKER, AWAKE);
  }

  /** Puts a result where the host finds it; whether it waits for a message about it. */
  finish(slot: number, length: number, failed: boolean, ranMs: number): boolean {
    const { words } = this;
    const at = wordOf(slot);
    words[at + 3] = length;
    words[at + 5] = failed ? 1 : 0;
    this.f64[(at + 6) >> 1] = ranMs;
    Atomics.store(words, at, DONE);
    words[RESULTS + (this.#finished & MASK)] = slot;
    this.#finished = (this.#finished + 1) | 0;
    Atomics.store(words, FINISHED, this.#finished);
    return Atomics.load(words, HOST) === 1 && Atomics.exchange(words, HOST, 0) === 1;
  }
}

function entryOf(slot: number, id: number): number {
  return (id << SLOT_BITS) | slot;
}

function wordOf(slot: number): number {
  return (FIRST_SLOT_BYTES + slot * SLOT_BYTES) >> 2;
}
