/**
 * `SortedSet`: members with scores, in the order of Redis: by score, then by the members' bytes.
 *
 * A skip list of (score, member) and an index from members to nodes, both in the arena; see
 * assembly/structures/skip-list/sorted-set.ts.
 */

import { Arena } from '../../../bindings/arena.js';
import { ENVELOPE_BYTES, envelope, refused, seal, unseal } from '../../../bindings/envelope.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, Handle, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import {
  AGGREGATES,
  FULL,
  GT,
  INCREMENT,
  LT,
  NOT_A_NUMBER,
  NX,
  REFUSED,
  type SkipListKernel,
  skipListKernel,
  XX,
} from '../../../bindings/kernels/structures/skip-list.js';
import { type Bytes, roomFor, stageBytes } from '../../../bindings/keys.js';
import { describe } from '../../../bindings/staging.js';
import { readString } from '../../../bindings/strings.js';
import { checkProbability, DEFAULT_PROBABILITY, isProbability, seedOf, seedWords } from './levels.js';

const KIND: StructureKind = { number: 31, name: 'SortedSet' };

// Words of the header; see assembly/structures/skip-list/layout.ts.
const COUNT = 4 >> 2;
const VERSION = 8 >> 2;
const LEVELS = 12 >> 2;
const SEED = 24 >> 2;
const P = 32 >> 3;

// The payload: u32 count, u32 zero, u64 seed, f64 p, then f64 scores, u32 lengths and the members, in their order.
const PAYLOAD_VERSION = 1;
const PAYLOAD_HEAD_BYTES = 24;

/** Members of an iteration's first batch, and of the later ones. */
const FIRST_BATCH = 16;
const LARGE_BATCH = 512;
const ADDED = 1;
const UPDATED = 2;

/** A member, as a copy of its bytes, and its score. */
export type ScoredMember = [member: Uint8Array<ArrayBuffer>, score: number];

export interface SortedSetOptions extends HandleOptions {
  /** Probability that a node has one level more, above 0 and at most 0.9. Default 0.25, as in Redis. */
  p?: number;
  /** Where the drawing of levels begins, an integer from 0 to 2^64 − 1. Default 0. */
  seed?: number | bigint;
}

/** Conditions, as those of ZADD. `nx` goes with none of the others, `gt` not with `lt`. */
export interface AddOptions {
  /** Only add, change no score. */
  nx?: boolean;
  /** Only change scores, add nothing. */
  xx?: boolean;
  /** Change a score only to a greater one. New members are added. */
  gt?: boolean;
  /** Change a score only to a smaller one. New members are added. */
  lt?: boolean;
}

export interface RankRangeOptions {
  /** Ranks count from the highest score down. Default false. */
  reverse?: boolean;
}

export interface SortedRangeOptions {
  /** Whether the bounds belong to the range: both, or each. Default true, as in Redis. */
  inclusive?: boolean | readonly [low: boolean, high: boolean];
  /** The same members, the last one first. Default false. */
  reverse?: boolean;
  /** Members to pass over first. Default 0. */
  offset?: number;
  /** Members at most. Default: all. */
  limit?: number;
}

export interface CombineOptions extends SortedSetOptions {
  /** What each set's scores are multiplied by. Default 1 each. */
  weights?: readonly number[];
  /** What becomes of the scores of one member. Default `'sum'`. */
  aggregate?: (typeof AGGREGATES)[number];
}

export interface SortedSetStats {
  readonly size: number;
  readonly levels: number;
  readonly p: number;
  /** Everything the set costs its arena, allocator headers included. */
  readonly bytes: number;
}

/** A walk over ranks. */
interface Walk {
  /** First rank and the one after the last, as things stand now. */
  readonly bounds: () => readonly [low: number, high: number];
  readonly reverse: boolean;
  readonly offset: number;
  readonly limit: number;
}

interface Batch {
  readonly count: number;
  readonly places: Uint32Array;
  readonly scores: Float64Array;
}

/**
 * A sorted set. Members are bytes (a string stands for its UTF-8 bytes), scores any number but NaN; −0 is kept and
 * ordered as +0. A member's score is found in O(1), its rank in O(log n). Everything lives in the arena: about 55 bytes
 * a member and the member itself.
 */
export class SortedSet extends Handle implements Iterable<ScoredMember> {
  readonly #kernel: SkipListKernel;

  /**
   * @throws RangeError for options that no set has
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: SortedSetOptions | Adopted = {}) {
    const arena = options.arena ?? Arena.default;
    const kernel = arena.kernel(skipListKernel);
    const adopted = options instanceof Adopted;
    const pointer = adopted ? options.root : Handle.allocate(arena, options.name, () => create(arena, kernel, options));
    super(arena, pointer, kernel.setDestroy, !adopted && options.name === undefined);
    this.#kernel = kernel;
    if (adopted) arena.opened(pointer, this);
    else this.enterName(options.name, KIND);
  }

  /**
   * The set that was made in this arena under this name, also after a snapshot. Opening an open set gives the same
   * object.
   *
   * @throws NameError when there is none, or it is another kind of structure
   */
  static open(arena: Arena, name: string): SortedSet {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof SortedSet ? handle : new SortedSet(new Adopted(arena, root));
  }

  get [Symbol.toStringTag](): string {
    return 'SortedSet';
  }

  /** Members. O(1). */
  get size(): number {
    return this.#word(COUNT);
  }

  #word(index: number): number {
    return this.arena.u32[(this.alive >>> 2) + index] as number;
  }

  // ── One member ──────────────────────────────────────────────────────────────────────────────────

  /**
   * Adds a member or changes its score. O(log n).
   *
   * @returns what happened; `'unchanged'` when the member had this score, or an option forbade the change
   * @throws TypeError for a member that is no string or bytes, a score that is no number
   * @throws RangeError for NaN, and for options that exclude each other
   * @throws ArenaFullError the set is as it was
   */
  add(member: Bytes, score: number, options: AddOptions = {}): 'added' | 'updated' | 'unchanged' {
    const status = this.#add(member, checkScore(score), flagsOf(options));
    return status === ADDED ? 'added' : status === UPDATED ? 'updated' : 'unchanged';
  }

  /**
   * Adds `scores[i]` for `members[i]`, in order; all are looked at first.
   *
   * @returns how many members were new
   * @throws as `add`; of ArenaFullError those before it are added
   */
  addMany(members: ArrayLike<Bytes>, scores: ArrayLike<number>, options: AddOptions = {}): number {
    const flags = flagsOf(options);
    if (members.length !== scores.length) {
      throw new RangeError(`There must be as many scores as members, got ${scores.length} and ${members.length}`);
    }
    for (let i = 0; i < members.length; i++) {
      roomFor(members[i] as Bytes, 'member');
      checkScore(scores[i]);
    }
    let added = 0;
    for (let i = 0; i < members.length; i++) {
      if (this.#add(members[i] as Bytes, scores[i] as number, flags) === ADDED) added++;
    }
    return added;
  }

  /**
   * Adds to a member's score; a member that is not there begins from 0. O(log n).
   *
   * @returns the new score, or undefined when an option forbade it
   * @throws RangeError when the sum is NaN; nothing has changed then
   */
  increment(member: Bytes, by = 1, options: AddOptions = {}): number | undefined {
    const status = this.#add(member, checkScore(by), flagsOf(options) | INCREMENT);
    if (status === NOT_A_NUMBER) throw new RangeError('The incremented score would be NaN');
    return status === REFUSED ? undefined : this.arena.f64[RESULT_INDEX];
  }

  #add(member: Bytes, score: number, flags: number): number {
    const set = this.alive;
    const room = roomFor(member, 'member');
    const at = this.arena.scratch(room);
    const status = this.#kernel.setAdd(set, at, stageBytes(this.arena, at, member, room), score, flags);
    if (status === FULL) throw new ArenaFullError(this.arena, 'a member');
    return status;
  }

  /** The member's score, or undefined. O(1). */
  score(member: Bytes): number | undefined {
    const set = this.alive;
    const room = roomFor(member, 'member');
    const at = this.arena.scratch(room);
    const cell = this.#kernel.setScore(set, at, stageBytes(this.arena, at, member, room)) >>> 0;
    return cell === 0 ? undefined : this.arena.f64[cell >>> 3];
  }

  /** Scores of many members, NaN for those that are not there. */
  scores(members: ArrayLike<Bytes>): Float64Array {
    const out = new Float64Array(members.length);
    for (let i = 0; i < out.length; i++) out[i] = this.score(members[i] as Bytes) ?? Number.NaN;
    return out;
  }

  /** O(1). */
  has(member: Bytes): boolean {
    return this.score(member) !== undefined;
  }

  /** True when the member was there. O(log n). */
  delete(member: Bytes): boolean {
    const set = this.alive;
    const room = roomFor(member, 'member');
    const at = this.arena.scratch(room);
    return this.#kernel.setRemove(set, at, stageBytes(this.arena, at, member, room)) !== 0;
  }

  /** How many members stand before this one, or undefined when it is not there. O(log n). */
  rankOf(member: Bytes, options: RankRangeOptions = {}): number | undefined {
    const set = this.alive;
    const room = roomFor(member, 'member');
    const at = this.arena.scratch(room);
    const rank = this.#kernel.setRank(set, at, stageBytes(this.arena, at, member, room));
    if (rank < 0) return undefined;
    return options.reverse ? this.size - 1 - rank : rank;
  }

  /**
   * The member at a rank; a negative one counts from the end. O(log n).
   *
   * @throws TypeError when the rank is no integer
   */
  at(rank: number): ScoredMember | undefined {
    if (!Number.isInteger(rank)) throw new TypeError(`A rank must be an integer, got ${describe(rank)}`);
    const from = rank < 0 ? rank + this.size : rank;
    if (from < 0 || from >= this.size) return undefined;
    return this.#member(this.#fetch(from, 1, false), 0);
  }

  /** Removes all members and gives their memory back to the arena. O(n). */
  clear(): void {
    this.#kernel.setClear(this.alive);
  }

  // ── Both ends ───────────────────────────────────────────────────────────────────────────────────

  /** Takes out the member of the lowest score. O(log n). */
  popMin(): ScoredMember | undefined {
    return this.#pop(0);
  }

  /** Takes out the member of the highest score. O(log n). */
  popMax(): ScoredMember | undefined {
    return this.#pop(-1);
  }

  #pop(rank: number): ScoredMember | undefined {
    const popped = this.at(rank);
    if (popped !== undefined) {
      const from = rank < 0 ? this.size - 1 : 0;
      this.#kernel.setRemoveRange(this.alive, from, from + 1);
    }
    return popped;
  }

  // ── Ranges ──────────────────────────────────────────────────────────────────────────────────────

  /**
   * Members of the ranks from `from` up to, but not including, `to`, negative ones counting from the end, as
   * `Array.slice` takes them. O(log n), and O(1) a member.
   *
   * The set may change meanwhile: what follows is then what stands behind the member yielded last. A member whose
   * score changes may so be met again, or not at all.
   */
  range(from = 0, to?: number, options: RankRangeOptions = {}): IterableIterator<ScoredMember> {
    const size = this.size;
    const [first, end] = sliceOf(size, from, to);
    const reverse = options.reverse === true;
    const [low, high] = reverse ? [size - end, size - first] : [first, end];
    // When the set changes, as many members as there were to come, as far as there are.
    const bounds = () => (reverse ? [0, Math.min(high, this.size)] : [low, this.size]) as [number, number];
    return this.#walk({ bounds, reverse, offset: 0, limit: Math.max(0, high - low) });
  }

  /** Members with scores between two bounds, infinite unless given. O(log n), and O(1) a member. See `range`. */
  rangeByScore(low = -Infinity, high = Infinity, options: SortedRangeOptions = {}): IterableIterator<ScoredMember> {
    const bounds = this.#scoreBounds(low, high, options);
    return this.#walk({ bounds, ...orderOf(options) });
  }

  /**
   * Members between two others, byte by byte; a bound left out is no bound. As in Redis it means something only where
   * all scores are the same. O(log n), and O(1) a member. See `range`.
   */
  rangeByLex(low?: Bytes, high?: Bytes, options: SortedRangeOptions = {}): IterableIterator<ScoredMember> {
    const bounds = this.#lexBounds(low, high, options);
    return this.#walk({ bounds, ...orderOf(options) });
  }

  /** How many members have a score between two bounds. O(log n). */
  countByScore(low = -Infinity, high = Infinity, options: Pick<SortedRangeOptions, 'inclusive'> = {}): number {
    return distance(this.#scoreBounds(low, high, options)());
  }

  /** How many members stand between two others; see `rangeByLex`. O(log n). */
  countByLex(low?: Bytes, high?: Bytes, options: Pick<SortedRangeOptions, 'inclusive'> = {}): number {
    return distance(this.#lexBounds(low, high, options)());
  }

  /** Removes the members of a range of ranks; returns how many. O(log n + removed). */
  deleteRange(from = 0, to?: number): number {
    const [first, end] = sliceOf(this.size, from, to);
    return this.#remove([first, end]);
  }

  /** Removes the members whose scores lie between two bounds; returns how many. O(log n + removed). */
  deleteRangeByScore(low = -Infinity, high = Infinity, options: Pick<SortedRangeOptions, 'inclusive'> = {}): number {
    return this.#remove(this.#scoreBounds(low, high, options)());
  }

  /** Removes the members between two others; returns how many. See `rangeByLex`. O(log n + removed). */
  deleteRangeByLex(low?: Bytes, high?: Bytes, options: Pick<SortedRangeOptions, 'inclusive'> = {}): number {
    return this.#remove(this.#lexBounds(low, high, options)());
  }

  #remove([low, high]: readonly [number, number]): number {
    return low < high ? this.#kernel.setRemoveRange(this.alive, low, high) >>> 0 : 0;
  }

  #scoreBounds(low: number, high: number, options: SortedRangeOptions): Walk['bounds'] {
    checkScore(low);
    checkScore(high);
    const [withLow, withHigh] = inclusiveOf(options);
    const rank = (score: number, orEqual: boolean) =>
      this.#kernel.setRankOfScore(this.alive, score, orEqual ? 1 : 0) >>> 0;
    return () => [rank(low, !withLow), rank(high, withHigh)];
  }

  #lexBounds(low: Bytes | undefined, high: Bytes | undefined, options: SortedRangeOptions): Walk['bounds'] {
    const [withLow, withHigh] = inclusiveOf(options);
    const [from, to] = [low, high].map((it) => {
      if (it !== undefined) roomFor(it, 'member');
      return typeof it === 'object' ? it.slice() : it;
    });
    return () => [
      from === undefined ? 0 : this.#rankOfLex(from, !withLow),
      to === undefined ? this.size : this.#rankOfLex(to, withHigh),
    ];
  }

  #rankOfLex(member: Bytes, orEqual: boolean): number {
    const room = roomFor(member, 'member');
    const at = this.arena.scratch(room);
    const bytes = stageBytes(this.arena, at, member, room);
    return this.#kernel.setRankOfLex(this.alive, at, bytes, orEqual ? 1 : 0) >>> 0;
  }

  // ── Iteration ───────────────────────────────────────────────────────────────────────────────────

  /** All members in order; see `range` for what happens when the set changes. */
  entries(): IterableIterator<ScoredMember> {
    return this.range();
  }

  /** All members decoded as UTF-8, with their scores. */
  *stringEntries(): IterableIterator<[member: string, score: number]> {
    for (const [member, score] of this.range()) yield [readString(member, 0, member.length), score];
  }

  [Symbol.iterator](): IterableIterator<ScoredMember> {
    return this.range();
  }

  *#walk({ bounds, reverse, offset, limit }: Walk): Generator<ScoredMember, undefined> {
    let left = limit;
    let skip = offset;
    let room = FIRST_BATCH;
    let last: ScoredMember | undefined;
    while (left >= 1) {
      let [low, high] = bounds();
      if (last !== undefined) {
        if (reverse) high = Math.min(high, this.#rankOfPair(last, false));
        else low = Math.max(low, this.#rankOfPair(last, true));
      } else if (reverse) high -= skip;
      else low += skip;
      skip = 0;
      const wanted = Math.min(high - low, room, Math.floor(left));
      if (wanted <= 0) return;
      const batch = this.#fetch(reverse ? high - 1 : low, wanted, reverse);
      const version = this.#word(VERSION);
      for (let i = 0; i < batch.count; i++) {
        const member = this.#member(batch, i);
        // The consumer may write into the bytes it gets.
        last = [member[0].slice(), member[1]];
        left--;
        yield member;
        if (this.#word(VERSION) !== version) break;
      }
      room = LARGE_BATCH;
    }
  }

  #rankOfPair([member, score]: ScoredMember, orEqual: boolean): number {
    const at = this.arena.scratch(member.length);
    const bytes = stageBytes(this.arena, at, member, member.length);
    return this.#kernel.setRankOfPair(this.alive, score, at, bytes, orEqual ? 1 : 0) >>> 0;
  }

  #fetch(start: number, count: number, reverse: boolean): Batch {
    const arena = this.arena;
    const at = arena.scratch(16 * count);
    const scores = at + 8 * count;
    const got = this.#kernel.setScan(this.alive, start, count, reverse ? 1 : 0, at, scores) >>> 0;
    return {
      count: got,
      places: arena.u32.slice(at >>> 2, (at >>> 2) + 2 * got),
      scores: arena.f64.slice(scores >>> 3, (scores >>> 3) + got),
    };
  }

  #member({ places, scores }: Batch, i: number): ScoredMember {
    const from = places[2 * i] as number;
    const end = from + (places[2 * i + 1] as number);
    return [this.arena.u8Until(end).slice(from, end), scores[i] as number];
  }

  // ── Several sets ────────────────────────────────────────────────────────────────────────────────

  /**
   * A new set with every member of the given ones, its scores weighted and aggregated as ZUNIONSTORE does: what would
   * be NaN is 0. Sets of any arena. O(total · log n).
   *
   * @throws RangeError for weights that are not one number a set
   * @throws ArenaFullError
   */
  static union(sets: readonly SortedSet[], options: CombineOptions = {}): SortedSet {
    return combined(sets, options, (result, near, weights, aggregate) => {
      for (let i = 0; i < near.length; i++) {
        result.#take((kernel, to) => kernel.setUnite(to, near[i]?.alive as number, weights[i] as number, aggregate));
      }
      return result;
    });
  }

  /** A new set with the members that all the given ones have, as ZINTERSTORE makes it. Throws as `union`. */
  static intersection(sets: readonly SortedSet[], options: CombineOptions = {}): SortedSet {
    return combined(sets, options, (result, near, weights, aggregate) => {
      // Two at a time: the last step goes into the result, those before into sets of their own.
      let meanwhile = near[0] as SortedSet;
      let weight = weights[0] as number;
      if (near.length === 1) result.#take((kernel, to) => kernel.setUnite(to, meanwhile.alive, weight, aggregate));
      for (let i = 1; i < near.length; i++) {
        const other = near[i] as SortedSet;
        const target = i === near.length - 1 ? result : new SortedSet({ arena: result.arena });
        try {
          const [a, b] = [meanwhile.alive, other.alive];
          target.#take((kernel, to) => kernel.setIntersect(to, a, weight, b, weights[i] as number, aggregate));
        } finally {
          if (i > 1) meanwhile.dispose();
        }
        meanwhile = target;
        weight = 1;
      }
      return result;
    });
  }

  /** A new set with the members of the first that no other has, with their scores. Throws as `union`. */
  static difference(sets: readonly SortedSet[], options: SortedSetOptions = {}): SortedSet {
    return combined(sets, options, (result, near) => {
      result.#take((kernel, to) => kernel.setUnite(to, (near[0] as SortedSet).alive, 1, 0));
      for (const other of near.slice(1)) result.#kernel.setSubtract(result.alive, other.alive);
      return result;
    });
  }

  /** Runs what answers false when the budget is full. */
  #take(call: (kernel: SkipListKernel, set: number) => number): void {
    if (call(this.#kernel, this.alive) === 0) throw new ArenaFullError(this.arena, 'a combined set');
  }

  // ── Bytes and the rest ──────────────────────────────────────────────────────────────────────────

  /** The set as bytes: members, scores, p and seed. The same bytes on every platform. O(n). */
  toBytes(): Uint8Array<ArrayBuffer> {
    const count = this.size;
    let memberBytes = 0;
    this.#eachBatch(({ places }) => {
      for (let i = 1; i < places.length; i += 2) memberBytes += places[i] as number;
    });
    const out = envelope(KIND, PAYLOAD_VERSION, PAYLOAD_HEAD_BYTES + 12 * count + memberBytes);
    const view = new DataView(out.buffer, ENVELOPE_BYTES);
    view.setUint32(0, count, true);
    view.setUint32(8, this.#word(SEED), true);
    view.setUint32(12, this.#word(SEED + 1), true);
    view.setFloat64(16, this.#p, true);
    let scoreAt = PAYLOAD_HEAD_BYTES;
    let lengthAt = scoreAt + 8 * count;
    let at = ENVELOPE_BYTES + lengthAt + 4 * count;
    this.#eachBatch((batch) => {
      for (let i = 0; i < batch.count; i++) {
        const [member, score] = this.#member(batch, i);
        view.setFloat64(scoreAt, score, true);
        view.setUint32(lengthAt, member.length, true);
        out.set(member, at);
        scoreAt += 8;
        lengthAt += 4;
        at += member.length;
      }
    });
    return seal(this.arena, out);
  }

  #eachBatch(use: (batch: Batch) => void): void {
    const size = this.size;
    for (let from = 0; from < size; from += LARGE_BATCH)
      use(this.#fetch(from, Math.min(LARGE_BATCH, size - from), false));
  }

  /**
   * The set that `toBytes()` wrote. O(n log n).
   *
   * @throws SnapshotError when the bytes are damaged, or are no sorted set
   * @throws ArenaFullError
   */
  static fromBytes(bytes: Uint8Array, options: HandleOptions = {}): SortedSet {
    const payload = unseal(options.arena ?? Arena.default, KIND, PAYLOAD_VERSION, bytes);
    if (payload.length < PAYLOAD_HEAD_BYTES) throw refused(KIND, `${payload.length} bytes of payload`);
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    const count = view.getUint32(0, true);
    const p = view.getFloat64(16, true);
    const membersAt = PAYLOAD_HEAD_BYTES + 12 * count;
    if (membersAt > payload.length) throw refused(KIND, `${count} members in ${payload.length} bytes`);
    if (view.getUint32(4, true) !== 0 || !isProbability(p)) throw refused(KIND, `a probability of ${p}`);
    const seed = seedOf(view.getUint32(8, true), view.getUint32(12, true));
    const set = new SortedSet({ ...options, p, seed });
    try {
      set.#load(view, count, membersAt);
    } catch (error) {
      set.dispose();
      throw error;
    }
    return set;
  }

  /** Adds what a payload holds; each member must come to stand last, or it was not what `toBytes` writes. */
  #load(view: DataView, count: number, membersAt: number): void {
    let at = membersAt;
    for (let i = 0; i < count; i++) {
      const score = view.getFloat64(PAYLOAD_HEAD_BYTES + 8 * i, true);
      const length = view.getUint32(PAYLOAD_HEAD_BYTES + 8 * count + 4 * i, true);
      if (length > view.byteLength - at) throw refused(KIND, `a length of ${length} reaches beyond its end`);
      const member = new Uint8Array(view.buffer, view.byteOffset + at, length);
      if (Number.isNaN(score)) throw refused(KIND, `the score at ${i} is NaN`);
      if (
        this.#rankOfPair([member as Uint8Array<ArrayBuffer>, score], true) !== i ||
        this.#add(member, score, 0) !== ADDED
      ) {
        throw refused(KIND, `the member at ${i} is not above the one before it`);
      }
      at += length;
    }
    if (at !== view.byteLength) throw refused(KIND, 'its lengths and its bytes do not agree');
  }

  get #p(): number {
    return this.arena.f64[(this.alive >>> 3) + P] as number;
  }

  /** How the set stands. O(n / 256). */
  stats(): SortedSetStats {
    return { size: this.size, levels: this.#word(LEVELS), p: this.#p, bytes: this.#kernel.setBytesOf(this.alive) };
  }

  /** Verifies every invariant; throws when one is broken. O(n). For tests and fuzzers. */
  check(): void {
    const broken = this.#kernel.setCheck(this.alive);
    if (broken !== 0) throw new Error(`SortedSet: invariant ${broken} is broken`);
  }
}

/** The arena's result cell, as an index of f64s. */
const RESULT_INDEX = 64 >> 3;

type Combine = (
  result: SortedSet,
  near: readonly SortedSet[],
  weights: readonly number[],
  aggregate: number,
) => SortedSet;

/** Checks, brings sets of other arenas near, makes the result, and leaves nothing behind when that fails. */
function combined(sets: readonly SortedSet[], options: CombineOptions, combine: Combine): SortedSet {
  if (!Array.isArray(sets) || sets.length === 0 || sets.some((it) => !(it instanceof SortedSet))) {
    throw new TypeError('There must be a list of at least one SortedSet');
  }
  const { weights = sets.map(() => 1), aggregate = 'sum', ...rest } = options;
  if (weights.length !== sets.length) {
    throw new RangeError(`There must be a weight for each of the ${sets.length} sets, got ${weights.length}`);
  }
  for (const weight of weights) checkScore(weight);
  const number = AGGREGATES.indexOf(aggregate);
  if (number < 0) throw new RangeError(`aggregate must be one of ${AGGREGATES.join(', ')}, got ${describe(aggregate)}`);
  const arena = options.arena ?? (sets[0] as SortedSet).arena;
  const copies: SortedSet[] = [];
  const result = new SortedSet({ ...rest, arena });
  try {
    const near = sets.map((it) => {
      if (it.arena === arena) return it;
      const copy = SortedSet.fromBytes(it.toBytes(), { arena });
      copies.push(copy);
      return copy;
    });
    return combine(result, near, weights, number);
  } catch (error) {
    result.dispose();
    throw error;
  } finally {
    for (const copy of copies) copy.dispose();
  }
}

function create(arena: Arena, kernel: SkipListKernel, options: SortedSetOptions): number {
  const { p = DEFAULT_PROBABILITY, seed = 0 } = options;
  checkProbability(p);
  const [low, high] = seedWords(seed);
  const set = kernel.setCreate(low, high, p) >>> 0;
  if (set === 0) throw new ArenaFullError(arena, 'a SortedSet');
  return set;
}

function checkScore(score: unknown): number {
  if (typeof score !== 'number') throw new TypeError(`A score must be a number, got ${describe(score)}`);
  if (Number.isNaN(score)) throw new RangeError('A score must not be NaN');
  return score;
}

function flagsOf({ nx, xx, gt, lt }: AddOptions): number {
  if ((nx && (xx || gt || lt)) || (gt && lt)) {
    throw new RangeError('nx goes with none of xx, gt and lt, and gt not with lt');
  }
  return (nx ? NX : 0) | (xx ? XX : 0) | (gt ? GT : 0) | (lt ? LT : 0);
}

function inclusiveOf({ inclusive = true }: SortedRangeOptions): readonly [boolean, boolean] {
  const both = typeof inclusive === 'boolean' ? ([inclusive, inclusive] as const) : inclusive;
  if (!Array.isArray(both) || both.length !== 2 || both.some((it) => typeof it !== 'boolean')) {
    throw new TypeError(`inclusive must be a boolean or a pair of them, got ${describe(inclusive)}`);
  }
  return both as readonly [boolean, boolean];
}

function orderOf(options: SortedRangeOptions): { reverse: boolean; offset: number; limit: number } {
  const { reverse = false, offset = 0, limit = Number.POSITIVE_INFINITY } = options;
  if (!Number.isInteger(offset) || offset < 0)
    throw new RangeError(`offset must be an integer from 0, got ${describe(offset)}`);
  if (typeof limit !== 'number' || !(limit >= 0))
    throw new RangeError(`limit must be 0 or more, got ${describe(limit)}`);
  return { reverse, offset, limit };
}

/** Ranks as `Array.slice` takes them. */
function sliceOf(size: number, from: number, to: number | undefined): [first: number, end: number] {
  for (const rank of [from, to ?? 0]) {
    if (!Number.isInteger(rank)) throw new TypeError(`A rank must be an integer, got ${describe(rank)}`);
  }
  const place = (rank: number) => (rank < 0 ? Math.max(0, rank + size) : Math.min(rank, size));
  return [place(from), to === undefined ? size : place(to)];
}

function distance([low, high]: readonly [number, number]): number {
  return Math.max(0, high - low);
}
