import { describe, expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import { type ArenaKernel, arenaKernel } from '../../bindings/kernels/memory/arena.js';
import { seededRandom, testSeed } from '../support/random.js';

const SLOTS = 8192;
const STEPS_BETWEEN_CHECKS = 100_000;
const HEADER_BYTES = 4;

/**
 * A model of the heap: which blocks are live, what they cost, and a pattern of its own at both ends of each.
 * Works on the kernel directly, so that a full arena is an answer and not an exception.
 */
class Model {
  readonly arena: Arena;
  readonly #kernel: ArenaKernel;
  readonly #below: (bound: number) => number;
  readonly #address = new Float64Array(SLOTS);
  readonly #size = new Float64Array(SLOTS);
  readonly #tag = new Uint32Array(SLOTS);
  #expectedBytes: number;
  #liveBlocks = 0;
  #nextTag = 1;
  refused = 0;

  constructor(maxBytes: number, seed: number) {
    this.arena = new Arena({ maxBytes, seed });
    this.#kernel = this.arena.kernel(arenaKernel);
    this.#below = seededRandom(seed).below;
    this.#expectedBytes = this.arena.bytesUsed;
  }

  run(steps: number): void {
    for (let step = 1; step <= steps; step++) {
      const slot = this.#below(SLOTS);
      if (this.#address[slot] === 0) this.#allocate(slot);
      else if (this.#below(4) === 0) this.#reallocate(slot);
      else this.#free(slot);
      if (this.arena.bytesUsed !== this.#expectedBytes) {
        throw new Error(`step ${step}: ${this.arena.bytesUsed} bytes used, ${this.#expectedBytes} expected`);
      }
      if (step % STEPS_BETWEEN_CHECKS === 0) this.check();
    }
  }

  /** Every invariant of the allocator, the block count, and that no two blocks overlap. */
  check(): void {
    this.arena.check();
    expect(this.arena.blockCount).toBe(this.#liveBlocks);
    const live = Array.from({ length: SLOTS }, (_, slot) => slot).filter((slot) => this.#address[slot] !== 0);
    live.sort((a, b) => (this.#address[a] as number) - (this.#address[b] as number));
    let end = 0;
    for (const slot of live) {
      const address = this.#address[slot] as number;
      if (address - HEADER_BYTES < end) throw new Error(`the block at ${address} overlaps the one that ends at ${end}`);
      end = address + (this.#size[slot] as number);
      this.#verify(slot);
    }
    expect(end).toBeLessThanOrEqual(this.arena.maxBytes);
  }

  freeAll(): void {
    for (let slot = 0; slot < SLOTS; slot++) if (this.#address[slot] !== 0) this.#free(slot);
    this.check();
  }

  /** Mostly small, some pages, now and then a large one. */
  #randomSize(): number {
    const kind = this.#below(64);
    if (kind < 48) return this.#below(300);
    if (kind < 63) return this.#below(6000);
    return this.#below(120_000);
  }

  #allocate(slot: number): void {
    const size = this.#randomSize();
    const alignment = this.#below(8) === 0 ? 16 << this.#below(9) : 8;
    const address = (alignment > 8 ? this.#kernel.allocAligned(size, alignment) : this.#kernel.alloc(size)) >>> 0;
    if (address === 0) {
      this.refused++;
      return;
    }
    if (address % alignment !== 0) throw new Error(`${address} is not a multiple of ${alignment}`);
    this.#liveBlocks++;
    this.#note(slot, address, size);
  }

  #reallocate(slot: number): void {
    const before = this.#address[slot] as number;
    const cost = this.#kernel.costOf(before);
    const size = this.#randomSize();
    this.#verify(slot);
    const address = this.#kernel.realloc(before, size) >>> 0;
    if (address === 0) {
      this.refused++;
      this.#verify(slot);
      return;
    }
    this.#expectedBytes -= cost;
    // What the smaller of the two sizes holds has come along: its first word at least, where there is one.
    if (Math.min(size, this.#size[slot] as number) >= 8 && this.arena.u32[address >>> 2] !== this.#tag[slot]) {
      throw new Error(`realloc lost the contents of ${before} on the way to ${address}`);
    }
    this.#note(slot, address, size);
  }

  #free(slot: number): void {
    const address = this.#address[slot] as number;
    this.#verify(slot);
    this.#expectedBytes -= this.#kernel.costOf(address);
    this.#kernel.free(address);
    this.#address[slot] = 0;
    this.#liveBlocks--;
  }

  #note(slot: number, address: number, size: number): void {
    const cost = this.#kernel.costOf(address);
    const needed = Math.max(16, Math.ceil((size + HEADER_BYTES) / 8) * 8);
    if (cost !== needed && cost !== needed + 8) throw new Error(`${size} bytes cost ${cost}, not ${needed}`);
    this.#expectedBytes += cost;
    this.#address[slot] = address;
    this.#size[slot] = size;
    const tag = this.#nextTag++ >>> 0;
    this.#tag[slot] = tag;
    if (size < 8) return;
    const u32 = this.arena.u32;
    u32[address >>> 2] = tag;
    u32[lastWord(address, size)] = tag;
  }

  #verify(slot: number): void {
    const size = this.#size[slot] as number;
    if (size < 8) return;
    const address = this.#address[slot] as number;
    const u32 = this.arena.u32;
    if (u32[address >>> 2] !== this.#tag[slot] || u32[lastWord(address, size)] !== this.#tag[slot]) {
      throw new Error(`the ${size} bytes at ${address} were overwritten`);
    }
  }
}

/** Index of the last whole word of a payload. */
function lastWord(address: number, size: number): number {
  return ((address + size) >>> 2) - 1;
}

describe('the allocator against a model', () => {
  const seed = testSeed('allocator model');

  it.each([
    { arena: 'with room to spare', maxBytes: 256 << 20, steps: 6_000_000, expectRefusals: false },
    { arena: 'that is nearly always full', maxBytes: 3 << 20, steps: 4_000_000, expectRefusals: true },
  ])('is exact over $steps random steps in an arena $arena', ({ maxBytes, steps, expectRefusals }) => {
    const model = new Model(maxBytes, seed);
    const empty = model.arena.bytesUsed;
    model.run(steps);
    expect(model.refused > 0).toBe(expectRefusals);
    model.freeAll();
    expect(model.arena.bytesUsed).toBe(empty);
    expect(model.arena.blockCount).toBe(0);
    // Everything has coalesced: one block as large as the heap fits again, without growing.
    const kernel = model.arena.kernel(arenaKernel);
    const reserved = model.arena.bytesReserved;
    const largest = kernel.largestFree() >>> 0;
    expect(largest).toBeGreaterThan(Math.min(reserved, maxBytes) - 8192);
    model.arena.free(model.arena.alloc(largest));
    expect(model.arena.bytesReserved).toBe(reserved);
    model.arena.dispose();
  });
});

describe('churn', () => {
  it('keeps growth bounded: two million replacements of random sizes reserve at most 1.5 times what is in use', () => {
    const arena = new Arena({ maxBytes: 512 << 20, seed: 1 });
    const { below } = seededRandom(7);
    const blocks = Array.from({ length: 10_000 }, () => arena.alloc(below(2000)));
    for (let i = 0; i < 2_000_000; i++) {
      const slot = below(blocks.length);
      arena.free(blocks[slot] as number);
      blocks[slot] = arena.alloc(below(2000));
    }
    expect(arena.bytesReserved).toBeLessThan(arena.peakBytesUsed * 1.5);
    arena.check();
    arena.dispose();
  });

  it('reuses what it has when sizes change over time', () => {
    const arena = new Arena({ maxBytes: 512 << 20, seed: 1 });
    const { below } = seededRandom(8);
    let reserved = 0;
    for (let phase = 0; phase < 40; phase++) {
      const size = 16 + below(20_000);
      const blocks = Array.from({ length: Math.floor((16 << 20) / (size + 20)) }, () => arena.alloc(size));
      for (const block of blocks) arena.free(block);
      arena.check();
      if (phase === 0) reserved = arena.bytesReserved;
    }
    // An eighth of growth on top of what one phase needs, once.
    expect(arena.bytesReserved).toBeLessThanOrEqual(reserved * 1.25);
    arena.dispose();
  });
});
