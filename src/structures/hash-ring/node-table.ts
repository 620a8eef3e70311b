/** `NodeTable`: what a ring and a Maglev table share: nodes with weights, in slots that they keep while they live. */

import type { Arena } from '../../../bindings/arena.js';
import { ENVELOPE_BYTES, envelope, refused, seal } from '../../../bindings/envelope.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, Handle, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import { type HashRingKernel, hashRingKernel, ROOT, SLOT } from '../../../bindings/kernels/structures/hash-ring.js';
import { eachRecord, eachU32, listed, type SketchKey, type SketchKeys, stageBytes } from '../../../bindings/keys.js';
import { Made } from '../../../bindings/sketch.js';
import { describe } from '../../../bindings/staging.js';
import { maxBytesOf, readString, writeString } from '../../../bindings/strings.js';

/** Nodes, each of weight 1 or with the weight that stands beside it. */
export type NodeList = Iterable<string | readonly [node: string, weight: number]> | Readonly<Record<string, number>>;

/** What a kernel does with the one or the other kind of table. */
export interface Verbs {
  readonly kind: StructureKind;
  readonly destroy: (kernel: HashRingKernel) => (root: number) => void;
  readonly clear: (kernel: HashRingKernel, root: number) => void;
  readonly put: (
    kernel: HashRingKernel,
    root: number,
    slot: number,
    from: number,
    bytes: number,
    weight: number,
  ) => number;
  readonly drop: (kernel: HashRingKernel, root: number, slot: number) => void;
  readonly weigh: (kernel: HashRingKernel, root: number, slot: number, weight: number) => void;
  /** Before a node is dropped. */
  readonly retire: (kernel: HashRingKernel, root: number, slot: number) => void;
  /** 1, −1 the arena is full, −2 there would be too many points. */
  readonly update: (kernel: HashRingKernel, root: number) => number;
  readonly check: (kernel: HashRingKernel, root: number) => number;
}

export const VERSION = 1;
export const HEADER_BYTES = 24;
const RECORD_BYTES = 24;
const MOST_WEIGHT = 1_000_000;
export const MOST_SLOTS = 65_535;
const MOST_NAME_BYTES = 65_535;

export abstract class NodeTable extends Handle implements Iterable<string> {
  protected readonly kernel: HashRingKernel;
  /** The names by slot, as strings; the bytes in the arena are what counts. */
  protected readonly names: (string | undefined)[] = [];
  readonly #slots = new Map<string, number>();
  readonly #verbs: Verbs;

  protected constructor(
    verbs: Verbs,
    options: (HandleOptions & { nodes?: NodeList }) | Adopted | Made,
    arena: Arena,
    make: (kernel: HashRingKernel) => number,
  ) {
    const kernel = arena.kernel(hashRingKernel);
    const adopted = options instanceof Adopted;
    const ready = adopted || options instanceof Made;
    const name = adopted ? undefined : options.name;
    const first = ready || options.nodes === undefined ? [] : nodesOf(options.nodes);
    const root = ready
      ? options.root
      : Handle.allocate(arena, name, () => {
          const made = make(kernel) >>> 0;
          if (made === 0) throw new ArenaFullError(arena, `a ${verbs.kind.name}`);
          return made;
        });
    super(arena, root, verbs.destroy(kernel), !adopted && name === undefined);
    this.kernel = kernel;
    this.#verbs = verbs;
    if (ready) this.#readNames();
    if (adopted) arena.opened(root, this);
    else this.enterName(name, verbs.kind);
    if (first.length === 0) return;
    try {
      this.#change(first);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** The slot of the key's node, or a negative number. */
  protected abstract slotOf(key: SketchKey): number;
  protected abstract slotsOf(at: number, count: number, numbers: boolean): void;
  /** Keys as the kernel is to hash them. */
  protected abstract hashed(keys: SketchKeys): SketchKeys;
  /** How many nodes there may be. */
  protected abstract get mostNodes(): number;
  protected abstract loadAt(slot: number): number;

  /** Nodes. */
  get size(): number {
    void this.alive;
    return this.#slots.size;
  }

  has(node: string): boolean {
    void this.alive;
    return this.#slots.has(node);
  }

  /** The nodes, in the order of their indices. */
  nodes(): string[] {
    void this.alive;
    return this.names.filter((name) => name !== undefined);
  }

  /** Iterates over a copy of the nodes. */
  [Symbol.iterator](): IterableIterator<string> {
    return this.nodes()[Symbol.iterator]();
  }

  /** The number that stands for a node in `getMany`, the same as long as the node is there; −1 when it is not. */
  indexOf(node: string): number {
    void this.alive;
    return this.#slots.get(node) ?? -1;
  }

  /** The node of an index, or `undefined`. */
  nodeAt(index: number): string | undefined {
    void this.alive;
    return this.names[index];
  }

  weightOf(node: string): number | undefined {
    const root = this.alive;
    const slot = this.#slots.get(node);
    return slot === undefined ? undefined : this.float(root, slot, SLOT.WEIGHT);
  }

  /**
   * Adds a node, or gives it another weight; returns its index.
   *
   * @param weight above 0, to a million; 1 for a node that has none yet, unchanged for one that has
   * @throws ArenaFullError, RangeError, TypeError; then nothing has changed
   */
  add(node: string, weight?: number): number {
    void this.alive;
    checkName(node);
    if (weight !== undefined) checkWeight(weight, node);
    if (weight !== undefined || !this.#slots.has(node)) this.#change([[node, weight ?? 1]]);
    return this.#slots.get(node) as number;
  }

  /** Adds or reweighs many nodes at the price of one. Throws as `add`, and then none was added. */
  addMany(nodes: NodeList): void {
    void this.alive;
    this.#change(nodesOf(nodes));
  }

  /**
   * Removes a node; false when it is not there.
   *
   * @throws ArenaFullError only where the others must be placed anew (ketama); then nothing has changed
   */
  remove(node: string): boolean {
    const root = this.alive;
    const slot = this.#slots.get(node);
    if (slot === undefined) return false;
    const verbs = this.#verbs;
    const weight = this.float(root, slot, SLOT.WEIGHT);
    verbs.retire(this.kernel, root, slot);
    const status = verbs.update(this.kernel, root);
    if (status < 0) {
      verbs.weigh(this.kernel, root, slot, weight);
      throw this.#refusal(status);
    }
    verbs.drop(this.kernel, root, slot);
    this.#forget(slot);
    return true;
  }

  /** Removes all nodes. */
  clear(): void {
    this.#verbs.clear(this.kernel, this.alive);
    this.names.length = 0;
    this.#slots.clear();
  }

  /** The node of a key, or `undefined` when there is none. O(1), besides hashing the key. */
  get(key: SketchKey): string | undefined {
    const slot = this.slotOf(key);
    return slot < 0 ? undefined : this.names[slot];
  }

  /**
   * The index of each key's node, −1 where there is none. `nodeAt(index)` is the node.
   *
   * @param keys a `Uint32Array` is by far the fastest
   * @param out takes the answers; must be at least as long
   */
  getMany(keys: SketchKeys, out?: Int32Array): Int32Array {
    void this.alive;
    const list = this.hashed(listed(keys) as SketchKeys) as Uint32Array | readonly SketchKey[];
    const { length } = list;
    if (out !== undefined && !(out instanceof Int32Array && out.length >= length)) {
      throw new RangeError(`out must be an Int32Array of at least ${length} elements, got ${describe(out)}`);
    }
    const answers = out ?? new Int32Array(length);
    const { arena } = this;
    let done = 0;
    // Answers overwrite the keys: a record has at least the four bytes that its answer takes.
    const cross = (numbers: boolean) => (at: number, count: number) => {
      this.slotsOf(at, count, numbers);
      const words = arena.u32;
      for (let i = 0, from = at >>> 2; i < count; i++) answers[done + i] = words[from + i] as number;
      done += count;
    };
    if (list instanceof Uint32Array) eachU32(arena, list, cross(true));
    else eachRecord(arena, list, cross(false));
    return answers;
  }

  /** The table as bytes, the same on every platform. O(nodes). The layout is on the room's page. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const root = this.alive;
    const { arena, names } = this;
    const { kind } = this.#verbs;
    let bytes = HEADER_BYTES;
    names.forEach((name, slot) => {
      if (name !== undefined) bytes += RECORD_BYTES + this.word(root, slot, SLOT.NAME_BYTES);
    });
    const out = envelope(kind, VERSION, bytes);
    const view = new DataView(out.buffer, ENVELOPE_BYTES);
    const words = arena.u32.subarray(root >>> 2, (root >>> 2) + ROOT.PLACES);
    const head = [ROOT.RULE, ROOT.SCALE, ROOT.SEED, ROOT.SEED + 1].map((at) => words[at] as number);
    [...head, names.length, this.#slots.size].forEach((word, i) => {
      view.setUint32(4 * i, word, true);
    });
    let at = HEADER_BYTES;
    names.forEach((name, slot) => {
      if (name === undefined) return;
      const [from, size] = [this.word(root, slot, SLOT.NAME), this.word(root, slot, SLOT.NAME_BYTES)];
      view.setUint32(at, slot, true);
      view.setUint32(at + 4, size, true);
      view.setFloat64(at + 8, this.float(root, slot, SLOT.WEIGHT), true);
      view.setFloat64(at + 16, this.loadAt(slot), true);
      out.set(arena.u8Until(from + size).subarray(from, from + size), ENVELOPE_BYTES + at + RECORD_BYTES);
      at += RECORD_BYTES + size;
    });
    return seal(arena, out);
  }

  /** Verifies every invariant; throws when one is broken. For tests and fuzzers. */
  check(): void {
    const broken = this.#verbs.check(this.kernel, this.alive);
    if (broken !== 0) throw new Error(`${this.#verbs.kind.name}: invariant ${broken} is broken`);
    this.names.forEach((name, slot) => {
      if (name !== undefined && this.#slots.get(name) !== slot) throw new Error(`"${name}" is not in slot ${slot}`);
    });
  }

  /** A u32 of a slot. */
  protected word(root: number, slot: number, offset: number): number {
    const u32 = this.arena.u32;
    return u32[((u32[(root >>> 2) + ROOT.SLOT_LIST] as number) + slot * SLOT.BYTES + offset) >>> 2] as number;
  }

  /** An f64 of a slot. */
  protected float(root: number, slot: number, offset: number): number {
    const list = this.arena.u32[(root >>> 2) + ROOT.SLOT_LIST] as number;
    return this.arena.f64[(list + slot * SLOT.BYTES + offset) >>> 3] as number;
  }

  /** Values by slot that the kernel adds up in zeroed memory. */
  protected bySlot(fill: (root: number, out: number) => void): Map<string, number> {
    const root = this.alive;
    const { arena, names } = this;
    const at = arena.scratch(8 * names.length);
    arena.f64.fill(0, at >>> 3, (at >>> 3) + names.length);
    fill(root, at);
    const out = new Map<string, number>();
    names.forEach((name, slot) => {
      if (name !== undefined) out.set(name, arena.f64[(at >>> 3) + slot] as number);
    });
    return out;
  }

  #change(nodes: readonly (readonly [string, number])[]): void {
    const { kernel, names } = this;
    const root = this.alive;
    const verbs = this.#verbs;
    const undo: (() => void)[] = [];
    try {
      for (const [node, weight] of nodes) {
        const known = this.#slots.get(node);
        if (known !== undefined) {
          const before = this.float(root, known, SLOT.WEIGHT);
          undo.push(() => verbs.weigh(kernel, root, known, before));
          verbs.weigh(kernel, root, known, weight);
          continue;
        }
        if (this.#slots.size >= this.mostNodes) {
          throw new RangeError(`This ${verbs.kind.name} holds at most ${this.mostNodes} nodes`);
        }
        const slot = this.#slots.size === names.length ? names.length : names.indexOf(undefined);
        if (this.#put(slot, node, weight) < 0) throw this.#refusal(-1);
        names[slot] = node;
        this.#slots.set(node, slot);
        undo.push(() => {
          verbs.drop(kernel, root, slot);
          this.#forget(slot);
        });
      }
      const status = verbs.update(kernel, root);
      if (status < 0) throw this.#refusal(status);
    } catch (error) {
      for (const back of undo.reverse()) back();
      throw error;
    }
  }

  #put(slot: number, node: string, weight: number): number {
    const room = maxBytesOf(node);
    const at = this.arena.scratch(room);
    const bytes = stageBytes(this.arena, at, node, room);
    return this.#verbs.put(this.kernel, this.alive, slot, at, bytes, weight);
  }

  /** The names end with one that is there, as the kernel's slots do. */
  #forget(slot: number): void {
    const { names } = this;
    this.#slots.delete(names[slot] as string);
    names[slot] = undefined;
    while (names.length > 0 && names.at(-1) === undefined) names.pop();
  }

  #readNames(): void {
    const root = this.alive;
    const { arena, names } = this;
    const slots = arena.u32[(root >>> 2) + ROOT.SLOTS] as number;
    for (let slot = 0; slot < slots; slot++) {
      const [from, bytes] = [this.word(root, slot, SLOT.NAME), this.word(root, slot, SLOT.NAME_BYTES)];
      names.push(from === 0 ? undefined : readString(arena.u8Until(from + bytes), from, from + bytes));
      if (from !== 0) this.#slots.set(names[slot] as string, slot);
    }
  }

  #refusal(status: number): Error {
    const { kind } = this.#verbs;
    if (status === -1) return new ArenaFullError(this.arena, `nodes of a ${kind.name}`);
    return new RangeError(
      `A ${kind.name} has at most 16777216 points: fewer virtual nodes or lower weights are needed`,
    );
  }
}

/** A record of `toBytes`. */
export interface NodeRecord {
  readonly slot: number;
  readonly weight: number;
  readonly load: number;
  readonly name: Uint8Array;
}

/** The records of a payload that is not trusted. */
export function recordsOf(kind: StructureKind, payload: Uint8Array): NodeRecord[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const [slots, nodes] = [view.getUint32(16, true), view.getUint32(20, true)];
  if (slots > MOST_SLOTS || nodes > slots || nodes * RECORD_BYTES > payload.length) {
    throw refused(kind, `${nodes} nodes in ${slots} slots`);
  }
  const out: NodeRecord[] = [];
  const seen = new Set<string>();
  let at = HEADER_BYTES;
  let next = 0;
  let loads = 0;
  for (let i = 0; i < nodes; i++) {
    if (at + RECORD_BYTES > payload.length) throw refused(kind, `it ends in node ${i}`);
    const [slot, size] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    const [weight, load] = [view.getFloat64(at + 8, true), view.getFloat64(at + 16, true)];
    at += RECORD_BYTES;
    if (size === 0 || size > MOST_NAME_BYTES || size > payload.length - at)
      throw refused(kind, `a name of ${size} bytes`);
    if (slot < next || slot >= slots) throw refused(kind, `node ${i} is in slot ${slot}`);
    if (!(weight > 0 && weight <= MOST_WEIGHT)) throw refused(kind, `node ${i} has a weight of ${weight}`);
    if (!(Number.isSafeInteger(load) && load >= 0 && !Object.is(load, -0))) throw refused(kind, `a load of ${load}`);
    const name = payload.subarray(at, at + size);
    const text = readString(name, 0, size);
    if (seen.has(text) || !isTextOf(text, name)) throw refused(kind, `node ${i} is there twice or no text`);
    seen.add(text);
    loads += load;
    out.push({ slot, weight, load, name });
    next = slot + 1;
    at += size;
  }
  if (next !== slots) throw refused(kind, `${slots} slots of which ${next} are in use`);
  if (!Number.isSafeInteger(loads)) throw refused(kind, `a load of ${loads}`);
  if (at !== payload.length) throw refused(kind, `${payload.length} bytes where ${at} were stated`);
  return out;
}

/** Whether bytes are what the text would be written as. */
function isTextOf(text: string, bytes: Uint8Array): boolean {
  const again = new Uint8Array(maxBytesOf(text));
  if (writeString(again, 0, text) !== bytes.length) return false;
  return bytes.every((byte, i) => again[i] === byte);
}

/** The nodes as pairs, each of them looked at. */
export function nodesOf(nodes: NodeList): (readonly [string, number])[] {
  if (nodes === null || typeof nodes !== 'object') {
    throw new TypeError(
      `nodes must be an iterable of strings or [string, weight], or an object, got ${describe(nodes)}`,
    );
  }
  const list: Iterable<unknown> = Symbol.iterator in nodes ? nodes : Object.entries(nodes);
  return Array.from(list, (item) => {
    const [node, weight] = (Array.isArray(item) ? item : [item, 1]) as [string, number];
    checkName(node);
    checkWeight(weight, node);
    return [node, weight] as const;
  });
}

function checkName(node: unknown): asserts node is string {
  if (typeof node !== 'string') throw new TypeError(`A node must be a string, got ${describe(node)}`);
  if (node === '' || node.length > MOST_NAME_BYTES / 3) {
    throw new RangeError(`A node must have 1 to ${MOST_NAME_BYTES / 3} characters, got ${node.length}`);
  }
}

function checkWeight(weight: unknown, node: string): asserts weight is number {
  if (typeof weight !== 'number')
    throw new TypeError(`The weight of "${node}" must be a number, got ${describe(weight)}`);
  if (!(weight > 0 && weight <= MOST_WEIGHT)) {
    throw new RangeError(`The weight of "${node}" must be above 0 and at most ${MOST_WEIGHT}, got ${weight}`);
  }
}
