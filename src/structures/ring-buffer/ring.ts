/** What both rings share: counting, taking from either end, and travelling as bytes. */

import type { Arena } from '../../../bindings/arena.js';
import { ENVELOPE_BYTES, envelope, refused, seal, unseal } from '../../../bindings/envelope.js';
import { ArenaFullError, NameError } from '../../../bindings/errors.js';
import { type Adopted, Handle, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import {
  CAPACITY,
  COUNT,
  GONE,
  OVERWRITTEN,
  POLICY,
  REJECTED,
  RING_BYTES,
  type RingBufferKernel,
  ringBufferKernel,
  VARIANT,
} from '../../../bindings/kernels/structures/ring-buffer.js';
import { type Made, Sketch } from '../../../bindings/sketch.js';

/** What a full ring does with what is pushed: refuses it, or lets go of the oldest. */
export type WhenFull = 'reject' | 'overwrite';

export interface RingFromBytesOptions extends HandleOptions {
  /** The most that bytes may make the ring allocate, which may be much more than they are. Default 64 MiB. */
  maxAllocatedBytes?: number;
}

export const KIND: StructureKind = { number: 53, name: 'RingBuffer' };
const VERSION = 1;
/** Slots there may be. */
export const MAX_CAPACITY = 2 ** 28;
export const MAX_RING_BYTES = 2 ** 31 - 1;
const MAX_ALLOCATED_BYTES = 2 ** 26;
// Payload: u32 variant, policy, capacity, bytes of the ring, count, 0; f64 overwritten, rejected; then the elements.
const HEAD_BYTES = 40;

/** What the payload of bytes says, once it was seen to be possible. */
export interface RingHead {
  readonly variant: number;
  readonly policy: number;
  readonly capacity: number;
  readonly ringBytes: number;
  readonly count: number;
  /** After the head. */
  readonly elements: Uint8Array;
}

export abstract class Ring<T> extends Sketch<RingBufferKernel> implements Iterable<T> {
  protected constructor(options: HandleOptions | Adopted | Made, make: (kernel: RingBufferKernel) => number) {
    super(KIND, ringBufferKernel, options, (_, kernel) => make(kernel));
  }

  /** Elements in the ring. O(1). */
  get size(): number {
    return this.word(COUNT);
  }

  /** Elements there is room for. */
  get capacity(): number {
    return this.word(CAPACITY);
  }

  get whenFull(): WhenFull {
    return this.word(POLICY) === 0 ? 'reject' : 'overwrite';
  }

  /** Removes everything, and counts what was overwritten and refused from 0 again. O(1). */
  clear(): void {
    this.kernel.clear(this.alive);
  }

  /** Verifies every invariant; throws when one is broken. O(n). For tests and fuzzers. */
  check(): void {
    const broken = this.kernel.check(this.alive);
    if (broken !== 0) throw new Error(`${this.constructor.name}: invariant ${broken} is broken`);
  }

  /** The element at a position that is there, 0 being the oldest. */
  protected abstract read(index: number): T;

  /** The element at a position, 0 being the oldest and −1 the newest; `undefined` where there is none. O(1). */
  at(index: number): T | undefined {
    if (!Number.isInteger(index)) throw new RangeError(`An index must be an integer, got ${index}`);
    const size = this.size;
    const position = index < 0 ? size + index : index;
    return position >= 0 && position < size ? this.read(position) : undefined;
  }

  /** The oldest, which stays. O(1). */
  peek(): T | undefined {
    return this.size === 0 ? undefined : this.read(0);
  }

  /** The newest, which stays. O(1). */
  peekNewest(): T | undefined {
    const size = this.size;
    return size === 0 ? undefined : this.read(size - 1);
  }

  /**
   * The elements there are when the iteration begins, oldest first. The ring may change meanwhile: what is removed or
   * overwritten before its turn is left out, what is pushed is not visited, so that every iteration ends.
   */
  *values(): IterableIterator<T> {
    const gone = () => this.float(GONE);
    const end = gone() + this.size;
    for (let next = gone(); ; next++) {
      next = Math.max(next, gone());
      const position = next - gone();
      if (next >= end || position >= this.size) return;
      yield this.read(position);
    }
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.values();
  }

  protected counters(): { size: number; capacity: number; overwritten: number; rejected: number; bytes: number } {
    return {
      size: this.size,
      capacity: this.capacity,
      overwritten: this.float(OVERWRITTEN),
      rejected: this.float(REJECTED),
      bytes: this.kernel.bytesOf(this.alive) >>> 0,
    };
  }

  /** An envelope with the head of the payload and room for so many bytes of elements, to be sealed. */
  protected headed(elementBytes: number): { bytes: Uint8Array<ArrayBuffer>; at: number } {
    const bytes = envelope(KIND, VERSION, HEAD_BYTES + elementBytes);
    const head = new DataView(bytes.buffer, ENVELOPE_BYTES);
    [VARIANT, POLICY, CAPACITY, RING_BYTES, COUNT].forEach((offset, i) => {
      head.setUint32(4 * i, this.word(offset), true);
    });
    head.setFloat64(24, this.float(OVERWRITTEN), true);
    head.setFloat64(32, this.float(REJECTED), true);
    return { bytes, at: ENVELOPE_BYTES + HEAD_BYTES };
  }

  protected sealed(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    return seal(this.arena, bytes);
  }
}

/** `policyOf('overwrite')` is 1. @throws RangeError */
export function policyOf(whenFull: WhenFull = 'reject'): number {
  if (whenFull === 'reject') return 0;
  if (whenFull === 'overwrite') return 1;
  throw new RangeError(`whenFull must be 'reject' or 'overwrite', got ${whenFull}`);
}

/** Finds the root of that name, which must be of one of these variants. */
export function rootOf(
  arena: Arena,
  name: string,
  what: string,
  isVariant: (variant: number) => boolean,
): { root: number; handle: Handle | undefined } {
  const { root, handle } = arena.findName(name, KIND.number, KIND.name);
  if (!isVariant(arena.u32[(root + VARIANT) >>> 2] as number)) {
    throw new NameError(`"${name}" is a ring of another kind of elements than a ${what} has`);
  }
  return { root, handle: handle instanceof Handle ? handle : undefined };
}

/** Makes a ring of bytes that are not trusted, and has `fill` put its elements in; returns its address. */
export function load(
  arena: Arena,
  bytes: Uint8Array,
  options: RingFromBytesOptions,
  isVariant: (variant: number) => boolean,
  fill: (kernel: RingBufferKernel, root: number, head: RingHead) => void,
): number {
  const { maxAllocatedBytes = MAX_ALLOCATED_BYTES } = options;
  if (options.name !== undefined) arena.assertNameFree(options.name);
  const payload = unseal(arena, KIND, VERSION, bytes);
  if (payload.length < HEAD_BYTES) throw refused(KIND, 'they have no header');
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const word = (at: number): number => view.getUint32(at, true);
  const head: RingHead = {
    variant: word(0),
    policy: word(4),
    capacity: word(8),
    ringBytes: word(12),
    count: word(16),
    elements: payload.subarray(HEAD_BYTES),
  };
  const counters = [view.getFloat64(24, true), view.getFloat64(32, true)] as const;
  const { variant, policy, capacity, ringBytes, count } = head;
  if (!isVariant(variant) || policy > 1 || word(20) !== 0) throw refused(KIND, 'they are of another kind of ring');
  if (capacity < 1 || capacity > MAX_CAPACITY || count > capacity || ringBytes > MAX_RING_BYTES) {
    throw refused(KIND, `${count} elements where ${capacity} have room`);
  }
  if ((variant === 0) !== ringBytes > 0) throw refused(KIND, 'a ring of bytes where none belongs, or none');
  if (!counters.every((counter) => Number.isSafeInteger(counter) && !Object.is(counter, -0) && counter >= 0)) {
    throw refused(KIND, 'what they count is no count');
  }
  const allocated = capacity * (variant === 1 ? 4 : 8) + ringBytes;
  if (allocated > maxAllocatedBytes) {
    throw refused(KIND, `a ring of ${allocated} bytes, more than maxAllocatedBytes, ${maxAllocatedBytes}`);
  }
  const kernel = arena.kernel(ringBufferKernel);
  const root = kernel.create(variant, policy, capacity, ringBytes) >>> 0;
  if (root === 0) throw new ArenaFullError(arena, 'a RingBuffer', allocated);
  try {
    fill(kernel, root, head);
    kernel.setCounters(root, ...counters);
  } catch (error) {
    kernel.destroy(root);
    throw error;
  }
  return root;
}
