/** `Maglev`: consistent hashing by a table: the most even shares, and one memory access a lookup. */

import { Arena } from '../../../bindings/arena.js';
import { refused, unseal } from '../../../bindings/envelope.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import { type HashRingKernel, hashRingKernel, ROOT } from '../../../bindings/kernels/structures/hash-ring.js';
import { roomFor, type SketchKey, type SketchKeys, stageBytes, u32Of } from '../../../bindings/keys.js';
import { checkInteger, Made, type SeededOptions, seedWords } from '../../../bindings/sketch.js';
import { describe } from '../../../bindings/staging.js';
import { HEADER_BYTES, MOST_SLOTS, type NodeList, NodeTable, recordsOf, VERSION, type Verbs } from './node-table.js';

const KIND: StructureKind = { number: 46, name: 'Maglev' };
const DEFAULT_ENTRIES = 65_537;
const MOST_ENTRIES = 2 ** 24;

export interface MaglevOptions extends SeededOptions {
  /** The nodes to begin with. */
  nodes?: NodeList;
  /** Entries of the table, a prime from 2 to 2^24; at least a hundred times the nodes is good. Default 65 537. */
  entries?: number;
}

export interface MaglevStats {
  readonly size: number;
  readonly entries: number;
}

const VERBS: Verbs = {
  kind: KIND,
  destroy: (kernel) => kernel.maglevDestroy,
  clear: (kernel, root) => kernel.maglevClear(root),
  put: (kernel, root, slot, from, bytes, weight) => kernel.maglevPut(root, slot, from, bytes, weight),
  drop: (kernel, root, slot) => kernel.maglevDrop(root, slot),
  weigh: (kernel, root, slot, weight) => kernel.maglevWeigh(root, slot, weight),
  retire: () => undefined,
  update: () => 1,
  check: (kernel, root) => kernel.maglevCheck(root),
};

/** The table of D. Eisenbud et al., "Maglev" (NSDI 2016), with weights. It is filled at the first lookup after a change. */
export class Maglev extends NodeTable {
  /**
   * @throws RangeError, TypeError for options that no table has
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: MaglevOptions | Adopted | Made = {}) {
    if (options === null || typeof options !== 'object') {
      throw new TypeError(`Maglev takes options, got ${describe(options)}`);
    }
    super(VERBS, options, options.arena ?? Arena.default, (kernel) => make(kernel, options as MaglevOptions));
  }

  /** The table of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string): Maglev {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof Maglev ? handle : new Maglev(new Adopted(arena, root));
  }

  /**
   * The table that `toBytes()` wrote; its entries are computed anew.
   *
   * @throws SnapshotError when the bytes are truncated, altered, of another format, or say what no table is
   * @throws ArenaFullError
   */
  static fromBytes(bytes: Uint8Array, options: HandleOptions = {}): Maglev {
    const arena = options.arena ?? Arena.default;
    if (options.name !== undefined) arena.assertNameFree(options.name);
    return new Maglev(new Made(arena, load(arena, bytes), options.name));
  }

  get entries(): number {
    return this.arena.u32[(this.alive >>> 2) + ROOT.SCALE] as number;
  }

  stats(): MaglevStats {
    return { size: this.size, entries: this.entries };
  }

  /** How much of the table is each node's: the sum is 1, unless there are none. */
  share(): Map<string, number> {
    const counts = this.bySlot((root, out) => this.kernel.maglevCount(root, out));
    for (const [node, count] of counts) counts.set(node, count / this.entries);
    return counts;
  }

  protected slotOf(key: SketchKey): number {
    const root = this.alive;
    if (typeof key === 'number') return this.kernel.maglevGetU32(root, u32Of(key));
    const room = roomFor(key);
    const at = this.arena.scratch(room);
    return this.kernel.maglevGet(root, at, stageBytes(this.arena, at, key, room));
  }

  protected slotsOf(at: number, count: number, numbers: boolean): void {
    if (numbers) this.kernel.maglevGetManyU32(this.alive, at, count, at);
    else this.kernel.maglevGetMany(this.alive, at, count, at);
  }

  protected hashed(keys: SketchKeys): SketchKeys {
    return keys;
  }

  protected get mostNodes(): number {
    return Math.min(MOST_SLOTS, this.entries);
  }

  protected loadAt(): number {
    return 0;
  }
}

function make(kernel: HashRingKernel, options: MaglevOptions): number {
  const { entries = DEFAULT_ENTRIES, seed } = options;
  checkInteger(entries, 'entries', 2, MOST_ENTRIES);
  if (!isPrime(entries)) throw new RangeError(`entries must be a prime, such as 65537 or 655373, got ${entries}`);
  return kernel.maglevCreate(entries, ...seedWords(seed));
}

function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return n > 1;
}

/** Makes a table of bytes that are not trusted; returns its address. */
function load(arena: Arena, bytes: Uint8Array): number {
  const payload = new Uint8Array(unseal(arena, KIND, VERSION, bytes));
  if (payload.length < HEADER_BYTES) throw refused(KIND, `${payload.length} bytes are no header`);
  const view = new DataView(payload.buffer);
  const entries = view.getUint32(4, true);
  if (view.getUint32(0, true) !== 0 || entries > MOST_ENTRIES || !isPrime(entries)) {
    throw refused(KIND, 'a field of the header is out of range');
  }
  const records = recordsOf(KIND, payload);
  if (records.length > entries) throw refused(KIND, `${records.length} nodes for ${entries} entries`);
  if (records.some((record) => record.load !== 0)) throw refused(KIND, 'it has loads');
  const kernel = arena.kernel(hashRingKernel);
  const root = kernel.maglevCreate(entries, ...seedWords(view.getBigUint64(8, true))) >>> 0;
  if (root === 0) throw new ArenaFullError(arena, 'a Maglev');
  try {
    for (const { slot, weight, name } of records) {
      const at = arena.scratch(name.length);
      arena.u8Until(at + name.length).set(name, at);
      if (kernel.maglevPut(root, slot, at, name.length, weight) < 0) throw new ArenaFullError(arena, 'a Maglev');
    }
  } catch (error) {
    kernel.maglevDestroy(root);
    throw error;
  }
  return root;
}
