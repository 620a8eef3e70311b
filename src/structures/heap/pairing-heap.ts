/** `PairingHeap`: a priority queue whose entries can be moved forward, and which melds, in constant time. */

import { Arena } from '../../../bindings/arena.js';
import { ENVELOPE_BYTES, envelope, refused, seal, unseal } from '../../../bindings/envelope.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, Handle, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import {
  CAPACITY,
  COUNT,
  FLIP,
  type HeapKernel,
  heapKernel,
  PAIRING_FREE,
  PAIRING_NODE_BYTES,
  PAIRING_ROOT,
  PAIRING_USED,
} from '../../../bindings/kernels/structures/heap.js';
import { type HeapStats, Made, misuse } from './array-heap.js';

/** Options of `new PairingHeap()`. */
export interface PairingHeapOptions extends HandleOptions {
  /** The greatest priority comes first. Default false: the least does. */
  max?: boolean;
}

const KIND: StructureKind = { number: 23, name: 'PairingHeap' };
const VERSION = 1;
const HEAD_BYTES = 24;
/** Nodes passed in one crossing. */
const CHUNK = 1024;
const NODE = 2 ** 32;

/**
 * A pairing heap (Fredman, Sedgewick, Sleator and Tarjan, 1986). `push` returns a handle, a number that stands for the entry until
 * it is removed and for nothing afterwards (until a million entries more have used its place). Ids are any u32, the same
 * one as often as wanted; priorities any number but NaN, −0 being 0. 32 bytes an entry.
 */
export class PairingHeap extends Handle implements Iterable<[id: number, priority: number]> {
  readonly #kernel: HeapKernel;

  /**
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: PairingHeapOptions | Adopted | Made = {}) {
    const arena = options.arena ?? Arena.default;
    const kernel = arena.kernel(heapKernel);
    const adopted = options instanceof Adopted;
    const name = adopted ? undefined : options.name;
    const root =
      adopted || options instanceof Made
        ? options.root
        : Handle.allocate(arena, name, () => {
            const heap = kernel.pairingCreate(options.max === true ? 1 : 0) >>> 0;
            if (heap === 0) throw new ArenaFullError(arena, 'a PairingHeap');
            return heap;
          });
    super(arena, root, kernel.pairingDestroy, !adopted && name === undefined);
    this.#kernel = kernel;
    if (adopted) arena.opened(root, this);
    else this.enterName(name, KIND);
  }

  /** The heap that was made in this arena under this name, also after a snapshot. */
  static open(arena: Arena, name: string): PairingHeap {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof PairingHeap ? handle : new PairingHeap(new Adopted(arena, root));
  }

  get max(): boolean {
    return this.#word(FLIP) !== 0;
  }

  /** Entries. O(1). */
  get size(): number {
    return this.#word(COUNT);
  }

  #word(index: number): number {
    return this.arena.u32[(this.alive >>> 2) + index] as number;
  }

  /**
   * Adds an entry. O(1).
   *
   * @returns its handle
   * @throws TypeError, RangeError when the id is no u32 or the priority no number
   * @throws ArenaFullError the heap is as it was
   */
  push(id: number, priority: number): number {
    const heap = this.alive;
    if (id >>> 0 !== id || typeof priority !== 'number' || Number.isNaN(priority)) throw misuse(id, priority);
    const link = this.#kernel.pairingPush(heap, id, priority);
    if (link === 0) throw new ArenaFullError(this.arena, 'a new entry');
    return this.arena.resultLow * NODE + link - 1;
  }

  /** Removes the entry that comes first and returns its id, or undefined. O(log n) amortised. */
  pop(): number | undefined {
    const id = this.#kernel.pairingPop(this.alive);
    return id !== -1 || this.arena.resultLow !== 0 ? id >>> 0 : undefined;
  }

  /** Removes the entry that comes first and returns it, or undefined. O(log n) amortised. */
  popEntry(): [id: number, priority: number] | undefined {
    const priority = this.peekPriority();
    return priority === undefined ? undefined : [this.pop() as number, priority];
  }

  /** The id that comes first, or undefined. O(1). */
  peek(): number | undefined {
    return this.size === 0 ? undefined : this.#kernel.pairingFirst(this.alive) >>> 0;
  }

  /** The priority that comes first, or undefined. O(1). */
  peekPriority(): number | undefined {
    return this.size === 0 ? undefined : this.#kernel.pairingFirstPriority(this.alive);
  }

  /** Node of a handle, −1 when its entry is gone or never was. */
  #node(handle: number): number {
    const heap = this.alive;
    if (typeof handle !== 'number') throw new TypeError(`A handle is a number that push() gave, got ${typeof handle}`);
    if (!Number.isSafeInteger(handle) || handle < 0) return -1;
    const node = handle % NODE;
    return this.#kernel.pairingHas(heap, node, Math.floor(handle / NODE)) === 1 ? node : -1;
  }

  /** Is the entry of this handle in the heap? O(1). */
  has(handle: number): boolean {
    return this.#node(handle) >= 0;
  }

  /** The priority of a handle, or undefined. O(1). */
  priorityOf(handle: number): number | undefined {
    const node = this.#node(handle);
    return node < 0 ? undefined : this.#kernel.pairingPriority(this.alive, node);
  }

  /** The id of a handle, or undefined. O(1). */
  idOf(handle: number): number | undefined {
    const node = this.#node(handle);
    return node < 0 ? undefined : this.#kernel.pairingId(this.alive, node) >>> 0;
  }

  /**
   * Gives an entry another priority; false when it is gone. O(1) towards the front (amortised o(log n)), O(log n) amortised
   * towards the back.
   */
  update(handle: number, priority: number): boolean {
    const node = this.#node(handle);
    if (typeof priority !== 'number' || Number.isNaN(priority)) throw misuse(0, priority);
    if (node < 0) return false;
    this.#kernel.pairingUpdate(this.alive, node, priority);
    return true;
  }

  /**
   * Gives an entry a lower priority, or the same; false when it is gone.
   *
   * @throws RangeError when the priority is higher than the one it has; nothing has changed
   */
  decreaseKey(handle: number, priority: number): boolean {
    const old = this.priorityOf(handle);
    if (old !== undefined && priority > old) throw new RangeError(`decreaseKey: ${priority} is above ${old}`);
    return this.update(handle, priority);
  }

  /**
   * Gives an entry a higher priority, or the same; false when it is gone.
   *
   * @throws RangeError when the priority is lower than the one it has; nothing has changed
   */
  increaseKey(handle: number, priority: number): boolean {
    const old = this.priorityOf(handle);
    if (old !== undefined && priority < old) throw new RangeError(`increaseKey: ${priority} is below ${old}`);
    return this.update(handle, priority);
  }

  /** Removes an entry; false when it is gone. O(log n) amortised. */
  remove(handle: number): boolean {
    const node = this.#node(handle);
    if (node < 0) return false;
    this.#kernel.pairingRemove(this.alive, node);
    return true;
  }

  /**
   * Takes over all entries of another heap of the same arena and order, which is empty afterwards. One comparison, and a
   * move of its nodes in memory.
   *
   * @returns what the other's handles must be raised by to stand for their entries here
   * @throws RangeError when the heaps are of different arenas or orders
   * @throws ArenaFullError both heaps are as they were
   */
  meld(other: PairingHeap): number {
    const heap = this.alive;
    if (!(other instanceof PairingHeap)) throw new TypeError('meld takes a PairingHeap');
    if (other === this || other.alive === heap) throw new RangeError('meld takes another heap than itself');
    if (other.arena !== this.arena) throw new RangeError('meld takes a heap of the same arena');
    if (other.max !== this.max) throw new RangeError('meld takes a heap of the same order: max on both, or on neither');
    const raised = this.#kernel.pairingMeld(heap, other.alive) >>> 0;
    if (raised === 0xffff_ffff) throw new ArenaFullError(this.arena, `${other.size} more entries`);
    return raised;
  }

  /** Removes every entry; keeps the memory. Old handles stand for nothing. O(nodes). */
  clear(): void {
    this.#kernel.pairingClear(this.alive);
  }

  stats(): HeapStats {
    const heap = this.alive;
    return { size: this.size, capacity: this.#word(CAPACITY), bytes: this.#kernel.pairingBytes(heap) >>> 0 };
  }

  /** Verifies every invariant; throws when one is broken. O(n). For tests and fuzzers. */
  check(): void {
    const broken = this.#kernel.pairingCheck(this.alive);
    if (broken !== 0) throw new Error(`PairingHeap: invariant ${broken} is broken`);
  }

  /** Entries in no particular order, as they stand when the iteration begins: a copy is made then. */
  *entries(): IterableIterator<[id: number, priority: number]> {
    const nodes = this.#nodes();
    const view = new DataView(nodes.buffer);
    for (let at = 0; at < nodes.length; at += PAIRING_NODE_BYTES) {
      if (view.getUint32(at + 28, true) === 1) yield [view.getUint32(at + 8, true), view.getFloat64(at, true)];
    }
  }

  [Symbol.iterator](): IterableIterator<[id: number, priority: number]> {
    return this.entries();
  }

  /** Yields and removes the entries in order. Entries pushed or changed meanwhile take part as they are then. */
  *drain(): IterableIterator<[id: number, priority: number]> {
    for (let entry = this.popEntry(); entry !== undefined; entry = this.popEntry()) yield entry;
  }

  #nodes(): Uint8Array<ArrayBuffer> {
    const heap = this.alive;
    const used = this.#word(PAIRING_USED);
    const out = new Uint8Array(used * PAIRING_NODE_BYTES);
    const at = this.arena.scratch(CHUNK * PAIRING_NODE_BYTES);
    for (let from = 0; from < used; from += CHUNK) {
      const count = Math.min(CHUNK, used - from);
      this.#kernel.pairingDump(heap, from, count, at);
      const end = at + count * PAIRING_NODE_BYTES;
      out.set(this.arena.u8Until(end).subarray(at, end), from * PAIRING_NODE_BYTES);
    }
    return out;
  }

  /** The heap as bytes, shape and handles included: the same everywhere, and the same again after `fromBytes`. O(n). */
  toBytes(): Uint8Array<ArrayBuffer> {
    const nodes = this.#nodes();
    const bytes = envelope(KIND, VERSION, HEAD_BYTES + nodes.length);
    const head = new DataView(bytes.buffer, ENVELOPE_BYTES);
    head.setUint32(0, this.#word(FLIP) & 1, true);
    head.setUint32(4, this.#word(COUNT), true);
    head.setUint32(8, this.#word(PAIRING_USED), true);
    head.setUint32(12, this.#word(PAIRING_ROOT), true);
    head.setUint32(16, this.#word(PAIRING_FREE), true);
    bytes.set(nodes, ENVELOPE_BYTES + HEAD_BYTES);
    return seal(this.arena, bytes);
  }

  /**
   * A heap of what `toBytes` gave, in which the same handles stand for the same entries.
   *
   * @throws SnapshotError for anything else
   */
  static fromBytes(bytes: Uint8Array, options: HandleOptions = {}): PairingHeap {
    const arena = options.arena ?? Arena.default;
    if (options.name !== undefined) arena.assertNameFree(options.name);
    return new PairingHeap(new Made(arena, load(arena, bytes), options.name));
  }
}

/** Makes a heap of bytes that are not trusted; returns its address. */
function load(arena: Arena, bytes: Uint8Array): number {
  const payload = unseal(arena, KIND, VERSION, bytes);
  if (payload.length < HEAD_BYTES) throw refused(KIND, 'they have no header');
  const head = new DataView(payload.buffer, payload.byteOffset, HEAD_BYTES);
  const [greatest, count, used, root, free, zero] = [0, 4, 8, 12, 16, 20].map((at) => head.getUint32(at, true)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const nodes = payload.subarray(HEAD_BYTES);
  if (greatest > 1 || zero !== 0 || nodes.length !== used * PAIRING_NODE_BYTES) {
    throw refused(KIND, 'their header and their length do not go together');
  }
  const kernel = arena.kernel(heapKernel);
  const heap = kernel.pairingCreate(greatest) >>> 0;
  if (heap === 0) throw new ArenaFullError(arena, 'a PairingHeap');
  try {
    if (used > 0 && kernel.pairingReserve(heap, used) === 0) throw new ArenaFullError(arena, `${used} entries`);
    const at = arena.scratch(CHUNK * PAIRING_NODE_BYTES);
    for (let from = 0; from < nodes.length; from += CHUNK * PAIRING_NODE_BYTES) {
      const piece = nodes.subarray(from, from + CHUNK * PAIRING_NODE_BYTES);
      arena.u8Until(at + piece.length).set(piece, at);
      if (kernel.pairingFill(heap, at, piece.length / PAIRING_NODE_BYTES) === 0)
        throw refused(KIND, 'an entry is none');
    }
    kernel.pairingLinks(heap, root, free, count);
    const broken = kernel.pairingCheck(heap);
    if (broken !== 0) throw refused(KIND, `invariant ${broken} is broken`);
  } catch (error) {
    kernel.pairingDestroy(heap);
    throw error;
  }
  return heap;
}
