/** `HashRing`: consistent hashing: which node a key belongs to, and little of it changes when nodes come and go. */

import { Arena } from '../../../bindings/arena.js';
import { refused, unseal } from '../../../bindings/envelope.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import {
  type HashRingKernel,
  hashRingKernel,
  ROOT,
  RULE_KETAMA,
  RULE_MD5,
  RULE_XXH64,
  SLOT,
} from '../../../bindings/kernels/structures/hash-ring.js';
import { roomFor, type SketchKey, type SketchKeys, stageBytes, u32Of } from '../../../bindings/keys.js';
import { checkInteger, Made, type SeededOptions, seedWords } from '../../../bindings/sketch.js';
import { describe } from '../../../bindings/staging.js';
import { HEADER_BYTES, MOST_SLOTS, type NodeList, NodeTable, recordsOf, VERSION, type Verbs } from './node-table.js';

const KIND: StructureKind = { number: 45, name: 'HashRing' };
const MOST_VIRTUAL_NODES = 65_536;
const DEFAULT_VIRTUAL_NODES = 160;
const DEFAULT_EPSILON = 0.25;

export type RingHash = 'xxh64' | 'md5';

export interface HashRingOptions extends SeededOptions {
  /** The nodes to begin with. */
  nodes?: NodeList;
  /** Points of a node of weight 1, 1 to 65 536; with MD5 a multiple of 4. Default 160. */
  virtualNodes?: number;
  /** What places nodes and keys. Default `'xxh64'`; `'md5'` is for agreement with others. */
  hash?: RingHash;
  /** `'ketama'`: the same points as libketama and npm's `hashring`; means MD5. */
  compatible?: 'ketama';
}

export interface BoundedOptions {
  /** What a node holds now. */
  loadOf(node: string): number;
  /** How far above its fair share a node may go, above 0. Default 0.25. */
  epsilon?: number;
  /** The sum of all loads, where it is known; otherwise each node is asked. */
  total?: number;
}

export interface HashRingStats {
  readonly size: number;
  readonly points: number;
  readonly virtualNodes: number;
  readonly hash: RingHash;
  readonly ketama: boolean;
  /** Units acquired and not released. */
  readonly load: number;
}

const VERBS: Verbs = {
  kind: KIND,
  destroy: (kernel) => kernel.ringDestroy,
  clear: (kernel, root) => kernel.ringClear(root),
  put: (kernel, root, slot, from, bytes, weight) => kernel.ringPut(root, slot, from, bytes, weight),
  drop: (kernel, root, slot) => kernel.ringDrop(root, slot),
  weigh: (kernel, root, slot, weight) => kernel.ringWeigh(root, slot, weight),
  retire: (kernel, root, slot) => kernel.ringWeigh(root, slot, 0),
  update: (kernel, root) => kernel.ringUpdate(root),
  check: (kernel, root) => kernel.ringCheck(root),
};

/** The ring of D. Karger et al. (1997), with bounded loads by V. Mirrokni, M. Thorup, M. Zadimoghaddam (2018). */
export class HashRing extends NodeTable {
  readonly #rule: number;

  /**
   * @throws RangeError, TypeError for options that no ring has
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: HashRingOptions | Adopted | Made = {}) {
    if (options === null || typeof options !== 'object') {
      throw new TypeError(`HashRing takes options, got ${describe(options)}`);
    }
    const arena = options.arena ?? Arena.default;
    super(VERBS, options, arena, (kernel) => make(kernel, options as HashRingOptions));
    this.#rule = arena.u32[(this.alive >>> 2) + ROOT.RULE] as number;
  }

  /** The ring of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string): HashRing {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof HashRing ? handle : new HashRing(new Adopted(arena, root));
  }

  /**
   * The ring that `toBytes()` wrote; its points are computed anew. O(points).
   *
   * @throws SnapshotError when the bytes are truncated, altered, of another format, or say what no ring is
   * @throws ArenaFullError
   */
  static fromBytes(bytes: Uint8Array, options: HandleOptions = {}): HashRing {
    const arena = options.arena ?? Arena.default;
    if (options.name !== undefined) arena.assertNameFree(options.name);
    return new HashRing(new Made(arena, load(arena, bytes), options.name));
  }

  get virtualNodes(): number {
    return this.arena.u32[(this.alive >>> 2) + ROOT.SCALE] as number;
  }

  stats(): HashRingStats {
    const root = this.alive;
    return {
      size: this.size,
      points: this.arena.u32[(root >>> 2) + ROOT.PLACE_COUNT] as number,
      virtualNodes: this.virtualNodes,
      hash: this.#rule === RULE_XXH64 ? 'xxh64' : 'md5',
      ketama: this.#rule === RULE_KETAMA,
      load: this.arena.f64[(root >>> 3) + 3] as number,
    };
  }

  /** Where a key stands on the ring: a u32. */
  positionOf(key: SketchKey): number {
    const root = this.alive;
    if (typeof key === 'number') {
      const number = u32Of(key);
      if (this.#rule === RULE_XXH64) return this.kernel.ringPositionU32(root, number) >>> 0;
      return this.positionOf(String(key));
    }
    const room = roomFor(key);
    const at = this.arena.scratch(room);
    return this.kernel.ringPosition(root, at, stageBytes(this.arena, at, key, room)) >>> 0;
  }

  /** The node at a position, for keys that were hashed elsewhere. */
  at(position: number): string | undefined {
    const slot = this.kernel.ringAt(this.alive, u32Of(position));
    return slot < 0 ? undefined : this.names[slot];
  }

  /** The first n different nodes from the key on, or all there are: its own, and where its replicas go. */
  range(key: SketchKey, n: number): string[] {
    const root = this.alive;
    checkInteger(n, 'n', 0, 2 ** 32 - 1);
    const position = this.positionOf(key);
    const most = Math.min(n, this.size);
    const at = this.arena.scratch(4 * most);
    const found = this.kernel.ringWalk(root, position, most, at);
    return Array.from(this.arena.u32.subarray(at >>> 2, (at >>> 2) + found), (slot) => this.names[slot] as string);
  }

  /** How much of the ring is each node's: the sum is 1, unless there are no points. */
  share(): Map<string, number> {
    return this.bySlot((root, out) => this.kernel.ringShares(root, out));
  }

  /**
   * The first node from the key on whose load is below its bound: ceil((1 + epsilon) · its fair share of the loads and
   * one more). Loads are the caller's. Mostly that is the key's own node. `undefined` when there are no nodes.
   */
  getBounded(key: SketchKey, options: BoundedOptions): string | undefined {
    void this.alive;
    const { loadOf, epsilon = DEFAULT_EPSILON } = options;
    if (typeof loadOf !== 'function') throw new TypeError(`loadOf must be a function, got ${describe(loadOf)}`);
    checkEpsilon(epsilon);
    const order = this.#walk(key);
    let total = options.total;
    if (total === undefined) {
      total = 0;
      for (const node of this.nodes()) total += loadOf(node);
    }
    const weights = this.#weights();
    let first: string | undefined;
    for (const node of order) {
      first ??= node;
      const weight = this.weightOf(node) as number;
      if (loadOf(node) < Math.ceil((1 + epsilon) * (total + 1) * (weight / weights))) return node;
    }
    return first;
  }

  /**
   * As `getBounded`, with loads that the ring counts itself: gives one unit to the node it returns, until `release`.
   * O(1) expected while epsilon is not tiny.
   */
  acquire(key: SketchKey, epsilon: number = DEFAULT_EPSILON): string | undefined {
    const root = this.alive;
    checkEpsilon(epsilon);
    const slot = this.kernel.ringAcquire(root, this.positionOf(key), epsilon);
    return slot < 0 ? undefined : this.names[slot];
  }

  /** Gives a unit back; false when the node is not there or holds none. */
  release(node: string): boolean {
    const slot = this.indexOf(node);
    return slot >= 0 && this.kernel.ringRelease(this.alive, slot) !== 0;
  }

  /** Units that a node holds, `undefined` when it is not there. */
  loadOf(node: string): number | undefined {
    const slot = this.indexOf(node);
    return slot < 0 ? undefined : this.loadAt(slot);
  }

  protected slotOf(key: SketchKey): number {
    const root = this.alive;
    if (typeof key === 'number') {
      const number = u32Of(key);
      return this.#rule === RULE_XXH64 ? this.kernel.ringGetU32(root, number) : this.slotOf(String(key));
    }
    const room = roomFor(key);
    const at = this.arena.scratch(room);
    return this.kernel.ringGet(root, at, stageBytes(this.arena, at, key, room));
  }

  protected slotsOf(at: number, count: number, numbers: boolean): void {
    if (numbers) this.kernel.ringGetManyU32(this.alive, at, count, at);
    else this.kernel.ringGetMany(this.alive, at, count, at);
  }

  /** Others' MD5 rings hash the decimal digits of a number. */
  protected hashed(keys: SketchKeys): SketchKeys {
    if (this.#rule === RULE_XXH64) return keys;
    return Array.from(keys as Iterable<SketchKey>, (key) => (typeof key === 'number' ? String(key) : key));
  }

  protected get mostNodes(): number {
    return MOST_SLOTS;
  }

  protected loadAt(slot: number): number {
    return this.float(this.alive, slot, SLOT.LOAD);
  }

  /** The nodes from a key on, as long as they are asked for. */
  *#walk(key: SketchKey): Generator<string> {
    const root = this.alive;
    const count = this.arena.u32[(root >>> 2) + ROOT.PLACE_COUNT] as number;
    if (count === 0) return;
    const met = new Set<number>();
    let at = this.kernel.ringPoint(root, this.positionOf(key)) >>> 0;
    for (let i = 0; i < count && met.size < this.names.length; i++) {
      const u32 = this.arena.u32;
      const slot = u32[((u32[(root >>> 2) + ROOT.PLACES] as number) >>> 2) + 2 * at] as number;
      at = at + 1 === count ? 0 : at + 1;
      if (met.has(slot)) continue;
      met.add(slot);
      yield this.names[slot] as string;
    }
  }

  /** Sum of the weights of nodes that have points. */
  #weights(): number {
    const root = this.alive;
    let sum = 0;
    this.names.forEach((name, slot) => {
      if (name !== undefined && this.word(root, slot, SLOT.POINTS) > 0) sum += this.float(root, slot, SLOT.WEIGHT);
    });
    return sum;
  }
}

function checkEpsilon(epsilon: unknown): void {
  if (typeof epsilon !== 'number') throw new TypeError(`epsilon must be a number, got ${describe(epsilon)}`);
  if (!(epsilon > 0 && epsilon < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`epsilon must be above 0 and finite, got ${epsilon}`);
  }
}

function make(kernel: HashRingKernel, options: HashRingOptions): number {
  const { virtualNodes = DEFAULT_VIRTUAL_NODES, compatible, seed } = options;
  if (compatible !== undefined && compatible !== 'ketama') {
    throw new RangeError(`compatible must be 'ketama', got ${describe(compatible)}`);
  }
  const hash = options.hash ?? (compatible === 'ketama' ? 'md5' : 'xxh64');
  if (hash !== 'xxh64' && hash !== 'md5') throw new RangeError(`hash must be 'xxh64' or 'md5', got ${describe(hash)}`);
  if (compatible === 'ketama' && hash !== 'md5') throw new RangeError(`A ketama ring hashes by 'md5', got '${hash}'`);
  checkInteger(virtualNodes, 'virtualNodes', 1, MOST_VIRTUAL_NODES);
  if (hash === 'xxh64') return kernel.ringCreate(RULE_XXH64, virtualNodes, ...seedWords(seed));
  if (virtualNodes % 4 !== 0) {
    throw new RangeError(
      `With md5 virtualNodes must be a multiple of 4, a digest having 4 points, got ${virtualNodes}`,
    );
  }
  if (seed !== undefined) throw new RangeError(`MD5 has no seed, got ${seed}`);
  return kernel.ringCreate(compatible === 'ketama' ? RULE_KETAMA : RULE_MD5, virtualNodes, 0, 0);
}

/** Makes a ring of bytes that are not trusted; returns its address. */
function load(arena: Arena, bytes: Uint8Array): number {
  const payload = new Uint8Array(unseal(arena, KIND, VERSION, bytes));
  if (payload.length < HEADER_BYTES) throw refused(KIND, `${payload.length} bytes are no header`);
  const view = new DataView(payload.buffer);
  const [rule, scale] = [view.getUint32(0, true), view.getUint32(4, true)];
  const seed = view.getBigUint64(8, true);
  const md5 = rule !== RULE_XXH64;
  if (rule > RULE_KETAMA || scale < 1 || scale > MOST_VIRTUAL_NODES || (md5 && (scale % 4 !== 0 || seed !== 0n))) {
    throw refused(KIND, 'a field of the header is out of range');
  }
  const records = recordsOf(KIND, payload);
  const kernel = arena.kernel(hashRingKernel);
  const root = kernel.ringCreate(rule, scale, ...seedWords(seed)) >>> 0;
  if (root === 0) throw new ArenaFullError(arena, 'a HashRing');
  try {
    for (const { slot, weight, name } of records) {
      const at = arena.scratch(name.length);
      arena.u8Until(at + name.length).set(name, at);
      if (kernel.ringPut(root, slot, at, name.length, weight) < 0) throw new ArenaFullError(arena, 'a HashRing');
    }
    const status = kernel.ringUpdate(root);
    if (status === -1) throw new ArenaFullError(arena, 'the points of a HashRing');
    if (status < 0) throw refused(KIND, 'it would have too many points');
    for (const { slot, load: held } of records) kernel.ringRestoreLoad(root, slot, held);
  } catch (error) {
    kernel.ringDestroy(root);
    throw error;
  }
  return root;
}
