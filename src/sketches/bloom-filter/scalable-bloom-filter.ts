/** `ScalableBloomFilter`: a Bloom filter that grows with its keys and keeps its rate. */

import { Arena } from '../../../bindings/arena.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import {
  type BloomFilterKernel,
  bloomFilterKernel,
  CLASSIC,
  HEADER_BYTES,
  MAX_LAYERS,
  SERIES,
} from '../../../bindings/kernels/sketches/bloom-filter.js';
import { listed, type SketchKey, type SketchKeys } from '../../../bindings/keys.js';
import { joinedBytes } from '../../../bindings/parts.js';
import { Made, seedWords } from '../../../bindings/sketch.js';
import { filterBytes, headOf, loadFilter, putChecksum, refused, shapeAt } from './bytes.js';
import { KeyFilter, type Maker, type SizedFilterOptions } from './filter.js';
import { checkCapacity, checkRate, dataBytesOf, largestCapacity, shapeFor } from './sizing.js';

const KIND: StructureKind = { number: 13, name: 'ScalableBloomFilter' };
const DEFAULT_CAPACITY = 1024;
const DEFAULT_RATE = 0.01;
const DEFAULT_GROWTH = 2;
const DEFAULT_TIGHTENING = 0.8;
const MAX_GROWTH = 32_768;

export interface ScalableBloomFilterOptions extends SizedFilterOptions {
  /** Keys of the first layer. Default 1024. */
  capacity?: number;
  /** Capacity of a layer over that of the one before, 1 to 32 768. Default 2. */
  growth?: number;
  /** Rate of a layer over that of the one before, 0.1 to 0.99. Default 0.8. */
  tightening?: number;
}

/**
 * A `BloomFilter` for a number of keys that is not known beforehand: when a layer is full a larger and stricter one is
 * put beside it, so that the rates of all together stay below the one asked for (P. Almeida et al., "Scalable Bloom
 * Filters", 2007). Layer i has growth^i times the capacity and rate · (1 − tightening) · tightening^i.
 *
 * `add` and `has` look into each layer, of which there are O(log keys), at most 32. The rate asked for is a bound:
 * what is measured lies below it.
 */
export class ScalableBloomFilter extends KeyFilter {
  /**
   * @throws RangeError for options out of range
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: ScalableBloomFilterOptions | Adopted | Made = {}) {
    super(KIND, options, makerOf(options instanceof Adopted || options instanceof Made ? {} : options));
  }

  /** The filter of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string): ScalableBloomFilter {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof ScalableBloomFilter ? handle : new ScalableBloomFilter(new Adopted(arena, root));
  }

  /**
   * The filter that `toBytes()` wrote. O(bytes).
   *
   * @throws SnapshotError when the bytes are truncated, altered, or of another format or version
   * @throws ArenaFullError
   */
  static fromBytes(bytes: Uint8Array, options: HandleOptions = {}): ScalableBloomFilter {
    const arena = options.arena ?? Arena.default;
    if (options.name !== undefined) arena.assertNameFree(options.name);
    return new ScalableBloomFilter(new Made(arena, load(arena, bytes), options.name));
  }

  /** The bound of the false-positive rate, however many keys are added. */
  get falsePositiveRate(): number {
    return this.float(32);
  }

  /** Capacity of a layer over that of the one before. */
  get growth(): number {
    return this.float(40);
  }

  /** Layers there are. */
  get layers(): number {
    return this.word(8);
  }

  /** Keys that were added and not there. */
  get additions(): number {
    return this.#sum((layer) => this.arena.f64[(layer + 40) >>> 3] as number);
  }

  /** Keys that fit the layers there are. */
  get capacity(): number {
    return this.#sum((layer) => this.arena.f64[(layer + 24) >>> 3] as number);
  }

  /** Bytes of the cells of all layers. */
  get dataBytes(): number {
    return this.#sum((layer) => dataBytesOf(CLASSIC, this.arena.u32[(layer >>> 2) + 2] as number));
  }

  /** The share of absent keys for which `has` is true now. O(bytes). */
  currentFalsePositiveRate(): number {
    let none = 1;
    this.#sum((layer) => {
      const [cells, k] = this.arena.u32.subarray((layer >>> 2) + 2, (layer >>> 2) + 4) as unknown as [number, number];
      none *= 1 - (this.kernel.ones(layer) / cells) ** k;
      return 0;
    });
    return 1 - none;
  }

  override add(key: SketchKey): boolean {
    const answer = this.addKey(key);
    if (answer >= 0) return answer > 0;
    this.#grow();
    return this.addKey(key) > 0;
  }

  override addMany(keys: SketchKeys): number {
    const list = listed(keys);
    let free = this.capacity - this.additions;
    if (free < list.length) {
      let fresh = 0;
      for (const hit of this.hasMany(list)) fresh += 1 - hit;
      const before = this.layers;
      try {
        for (; free < fresh; free = this.capacity - this.additions) this.#grow();
      } catch (error) {
        this.kernel.dropLayers(this.alive, before);
        throw error;
      }
    }
    return super.addMany(list);
  }

  /** The filter as bytes, the same on every platform: a header, then the bytes of each layer. O(bytes). */
  toBytes(): Uint8Array<ArrayBuffer> {
    const series = this.alive;
    const parts: Uint8Array[] = [this.arena.u8Until(series + HEADER_BYTES).slice(series, series + HEADER_BYTES)];
    this.#sum((layer) => {
      const bytes = HEADER_BYTES + dataBytesOf(CLASSIC, this.arena.u32[(layer >>> 2) + 2] as number);
      return parts.push(filterBytes(this.arena, this.kernel, layer, bytes));
    });
    const out = joinedBytes(parts);
    // The layers have checksums of their own: this one covers the header, which says how many there are.
    const [low, high] = headChecksum(this.arena, this.kernel, out);
    putChecksum(out, low, high);
    return out;
  }

  #sum(of: (layer: number) => number): number {
    const series = this.alive;
    let sum = 0;
    for (let i = 0; i < this.layers; i++) sum += of(this.kernel.layer(series, i) >>> 0);
    return sum;
  }

  #grow(): void {
    const series = this.alive;
    pushLayer(this.arena, this.kernel, series, {
      capacity: this.float(24),
      rate: this.float(32),
      growth: this.float(40),
      tightening: this.float(48),
      index: this.layers,
    });
  }
}

interface Layer {
  readonly capacity: number;
  readonly rate: number;
  readonly growth: number;
  readonly tightening: number;
  readonly index: number;
}

function pushLayer(arena: Arena, kernel: BloomFilterKernel, series: number, of: Layer): void {
  if (of.index >= MAX_LAYERS) throw new RangeError(`A ScalableBloomFilter has at most ${MAX_LAYERS} layers`);
  const rate = Math.max(1e-15, of.rate * (1 - of.tightening) * of.tightening ** of.index);
  const wanted = Math.ceil(of.capacity * of.growth ** of.index);
  // Layers end growing where one filter does; the first is as large as was asked, or refused.
  const capacity = of.index === 0 ? wanted : Math.min(wanted, largestCapacity(rate));
  const { cells, k } = shapeFor(CLASSIC, capacity, rate);
  const [low = 0, high = 0] = arena.u32.subarray((series >>> 2) + 4, (series >>> 2) + 6);
  const layer = kernel.create(CLASSIC, cells | 0, k, low | 0, high | 0, capacity, rate) >>> 0;
  if (layer === 0) throw new ArenaFullError(arena, 'a layer of a ScalableBloomFilter', cells / 8 + HEADER_BYTES);
  kernel.pushLayer(series, layer);
}

function makerOf(options: ScalableBloomFilterOptions): Maker {
  return (arena, kernel) => {
    const { capacity = DEFAULT_CAPACITY, falsePositiveRate: rate = DEFAULT_RATE } = options;
    const { growth = DEFAULT_GROWTH, tightening = DEFAULT_TIGHTENING } = options;
    checkCapacity(capacity);
    checkRate(rate);
    if (!(growth >= 1 && growth <= MAX_GROWTH)) {
      throw new RangeError(`growth must be from 1 to ${MAX_GROWTH}, got ${growth}`);
    }
    if (!(tightening >= 0.1 && tightening <= 0.99)) {
      throw new RangeError(`tightening must be from 0.1 to 0.99, got ${tightening}`);
    }
    const [low, high] = seedWords(options.seed);
    const series = kernel.createSeries(low, high, capacity, rate, growth, tightening) >>> 0;
    if (series === 0) throw new ArenaFullError(arena, 'a ScalableBloomFilter');
    try {
      pushLayer(arena, kernel, series, { capacity, rate, growth, tightening, index: 0 });
    } catch (error) {
      kernel.destroy(series);
      throw error;
    }
    return series;
  };
}

/** Makes a series of bytes that are not trusted; returns its address. */
function load(arena: Arena, bytes: Uint8Array): number {
  const head = headOf(KIND.name, SERIES, bytes);
  const kernel = arena.kernel(bloomFilterKernel);
  const layers = head.getUint32(8, true);
  const [capacity = 0, rate = 0, growth = 0, tightening = 0] = [24, 32, 40, 48].map((at) => head.getFloat64(at, true));
  const plausible =
    layers >= 1 &&
    layers <= MAX_LAYERS &&
    head.getUint32(12, true) === 0 &&
    capacity >= 1 &&
    capacity <= 2 ** 40 &&
    rate > 0 &&
    rate < 1 &&
    growth >= 1 &&
    growth <= MAX_GROWTH &&
    tightening >= 0.1 &&
    tightening <= 0.99;
  const [low, high] = headChecksum(arena, kernel, bytes);
  if (!plausible || head.getUint32(56, true) !== low || head.getUint32(60, true) !== high) {
    throw refused(KIND.name, 'the header is damaged');
  }
  const [seedLow, seedHigh] = [head.getUint32(16, true), head.getUint32(20, true)];
  const series = kernel.createSeries(seedLow | 0, seedHigh | 0, capacity, rate, growth, tightening) >>> 0;
  if (series === 0) throw new ArenaFullError(arena, 'a ScalableBloomFilter');
  try {
    let at = HEADER_BYTES;
    for (let i = 0; i < layers; i++) at += loadLayer(arena, kernel, series, bytes, at);
    if (at !== bytes.length) throw refused(KIND.name, `${bytes.length - at} bytes follow the last layer`);
  } catch (error) {
    kernel.destroy(series);
    throw error;
  }
  return series;
}

function loadLayer(arena: Arena, kernel: BloomFilterKernel, series: number, bytes: Uint8Array, at: number): number {
  const head = headOf(KIND.name, CLASSIC, bytes.subarray(at));
  const shape = shapeAt(KIND.name, CLASSIC, head, 0);
  if (at + shape.bytes > bytes.length) throw refused(KIND.name, 'a layer is cut short');
  const layer = loadFilter(arena, kernel, KIND.name, CLASSIC, bytes.subarray(at, at + shape.bytes), shape);
  kernel.pushLayer(series, layer);
  const words = arena.u32;
  if (
    words[(layer >>> 2) + 4] !== words[(series >>> 2) + 4] ||
    words[(layer >>> 2) + 5] !== words[(series >>> 2) + 5]
  ) {
    throw refused(KIND.name, 'a layer has another seed');
  }
  return shape.bytes;
}

function headChecksum(arena: Arena, kernel: BloomFilterKernel, bytes: Uint8Array): [number, number] {
  const at = arena.scratch(HEADER_BYTES);
  arena.u8Until(at + HEADER_BYTES).set(bytes.subarray(0, 56), at);
  arena.u8Until(at + HEADER_BYTES).fill(0, at + 56, at + HEADER_BYTES);
  kernel.checksum(at, HEADER_BYTES);
  return [arena.resultLow, arena.resultHigh];
}
