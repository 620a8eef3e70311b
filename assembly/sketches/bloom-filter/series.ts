// The scalable filter: a series of classic filters, each larger and stricter than the one before (P. Almeida,
// C. Baquero, N. Preguiça, D. Hutchison, "Scalable Bloom Filters", IPL 2007). The binding makes the layers; what is
// here finds and adds.

import { alloc, free } from '../../memory/arena/allocator';
import { ADDITIONS, CAPACITY, DATA, GROWTH, LAYERS, LAYER_TABLE, MAGIC, MAGIC_VALUE, MAX_LAYERS, RATE, SEED, SERIES, SERIES_BYTES, TIGHTENING, VARIETY, VERSION, dataBytes, noteAdditions } from './layout';
import { classicAdd, classicHas } from './classic';

export function createSeries(seed: u64, capacity: f64, rate: f64, growth: f64, tightening: f64): usize {
  const series = alloc(SERIES_BYTES);
  if (!series) return 0;
  memory.fill(series, 0, SERIES_BYTES);
  store<u32>(series, MAGIC_VALUE, MAGIC);
  store<u32>(series, VERSION | (SERIES << 16), VARIETY);
  store<u64>(series, seed, SEED);
  store<f64>(series, capacity, CAPACITY);
  store<f64>(series, rate, RATE);
  store<f64>(series, growth, GROWTH);
  store<f64>(series, tightening, TIGHTENING);
  return series;
}

// @ts-ignore: decorator
@inline
export function layerOf(series: usize, index: u32): usize {
  return load<u32>(series + (index << 2), LAYER_TABLE);
}

/** 0 when the series has all the layers it can. */
export function pushLayer(series: usize, layer: usize): u32 {
  const layers = load<u32>(series, LAYERS);
  if (layers == MAX_LAYERS) return 0;
  store<u32>(series + (layers << 2), <u32>layer, LAYER_TABLE);
  store<u32>(series, layers + 1, LAYERS);
  return 1;
}

/** Frees the layers from `keep` on. */
export function dropLayers(series: usize, keep: u32): void {
  for (let i = load<u32>(series, LAYERS); i > keep; i--) free(layerOf(series, i - 1));
  store<u32>(series, keep, LAYERS);
}

export function clearLayers(series: usize): void {
  dropLayers(series, 1);
  const layer = layerOf(series, 0);
  memory.fill(layer + DATA, 0, dataBytes(layer));
  store<f64>(layer, 0, ADDITIONS);
}

// @ts-ignore: decorator
@inline
export function seriesHas(series: usize, hash: u64): bool {
  // The newest layer is the largest, and holds most keys.
  for (let i = load<u32>(series, LAYERS); i > 0; i--) {
    if (classicHas(layerOf(series, i - 1), hash)) return true;
  }
  return false;
}

/** 1 added; 0 it was there; −1 every layer is full. */
export function seriesAdd(series: usize, hash: u64): i32 {
  if (seriesHas(series, hash)) return 0;
  const layers = load<u32>(series, LAYERS);
  for (let i: u32 = 0; i < layers; i++) {
    const layer = layerOf(series, i);
    if (load<f64>(layer, ADDITIONS) < load<f64>(layer, CAPACITY)) {
      classicAdd(layer, hash);
      noteAdditions(layer, 1);
      return 1;
    }
  }
  return -1;
}
