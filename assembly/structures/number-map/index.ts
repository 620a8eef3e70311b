// Kernel `structures/number-map`: maps from u32 or f64 to f64. Keys of the f64 map are compared as
// `Map` compares numbers: NaN equals NaN, −0 is +0.
//
// Exports come in pairs, `u32…` and `f64…`. Nothing traps, and nothing but the creation, a new entry,
// `reserve` and `shrink` allocates.

import { RESULT } from '../../memory/arena/layout';
import { hashOf } from './hash';
import { clearMap, createMap, destroyMap } from './segments';
import { find, put, remove, valueOf } from './table';
import { deleteMany, getMany, hasMany, setMany, undoMany } from './batch';
import { scan } from './scan';
import { check, reserve, shrink, stats } from './upkeep';

/** Bits of a key: −0 becomes +0, every NaN the one NaN. */
// @ts-ignore: decorator
@inline
function bitsOf(key: f64): u64 {
  return key == key ? reinterpret<u64>(key + 0.0) : 0x7ff8_0000_0000_0000;
}

/** Normalises `count` keys in place. */
function normalise(keys: usize, count: u32): void {
  const end = keys + (<usize>count << 3);
  for (; keys != end; keys += 8) store<u64>(keys, bitsOf(load<f64>(keys)));
}

/** Address of a new map, 0 when the arena is full. */
export function u32Create(): usize {
  return createMap<u32>();
}

/** The value, or NaN: then `has` tells a value that is NaN from a missing key. */
export function u32Get(map: usize, key: u32): f64 {
  return valueOf<u32>(map, key);
}

export function u32Has(map: usize, key: u32): i32 {
  return <i32>(find<u32>(map, key, hashOf<u32>(map, key)) != 0);
}

/** 0: an old entry got a new value; 1: a new entry; −1: the arena is full and the map as it was. */
export function u32Set(map: usize, key: u32, value: f64): i32 {
  return put<u32>(map, key, value);
}

export function u32Delete(map: usize, key: u32): i32 {
  return <i32>remove<u32>(map, key);
}

export function u32Clear(map: usize): void {
  clearMap<u32>(map);
}

export function u32Destroy(map: usize): void {
  destroyMap<u32>(map);
}

export function u32GetMany(map: usize, keys: usize, count: u32, out: usize, missing: f64): u32 {
  return getMany<u32>(map, keys, count, out, missing);
}

export function u32HasMany(map: usize, keys: usize, count: u32, out: usize, homes: usize): u32 {
  return hasMany<u32>(map, keys, count, out, homes);
}

export function u32SetMany(map: usize, keys: usize, count: u32, values: usize, added: usize): u32 {
  return setMany<u32>(map, keys, count, values, added);
}

export function u32UndoMany(map: usize, keys: usize, count: u32, values: usize, added: usize): void {
  undoMany<u32>(map, keys, count, values, added);
}

export function u32DeleteMany(map: usize, keys: usize, count: u32): u32 {
  return deleteMany<u32>(map, keys, count);
}

/** The cursor comes as two halves; see scan.ts for the rest. */
export function u32Scan(map: usize, low: u32, high: u32, hashes: usize, values: usize, keys: usize, room: u32): i32 {
  return scan<u32>(map, (<u64>high << 32) | low, hashes, values, keys, room);
}

/** Leaves the cursor just behind `key` in the result cell, 0 when nothing can follow. */
export function u32After(map: usize, key: u32): void {
  store<u64>(RESULT, hashOf<u32>(map, key) + 1);
}

export function u32Reserve(map: usize, count: u32): i32 {
  return <i32>reserve<u32>(map, count);
}

export function u32Shrink(map: usize): void {
  shrink<u32>(map);
}

export function u32Stats(map: usize, out: usize): void {
  stats<u32>(map, out);
}

export function u32Check(map: usize): i32 {
  return check<u32>(map);
}

/** Address of a new map, 0 when the arena is full. */
export function f64Create(): usize {
  return createMap<u64>();
}

/** The value, or NaN: then `has` tells a value that is NaN from a missing key. */
export function f64Get(map: usize, key: f64): f64 {
  return valueOf<u64>(map, bitsOf(key));
}

export function f64Has(map: usize, key: f64): i32 {
  return <i32>(find<u64>(map, bitsOf(key), hashOf<u64>(map, bitsOf(key))) != 0);
}

/** 0: an old entry got a new value; 1: a new entry; −1: the arena is full and the map as it was. */
export function f64Set(map: usize, key: f64, value: f64): i32 {
  return put<u64>(map, bitsOf(key), value);
}

export function f64Delete(map: usize, key: f64): i32 {
  return <i32>remove<u64>(map, bitsOf(key));
}

export function f64Clear(map: usize): void {
  clearMap<u64>(map);
}

export function f64Destroy(map: usize): void {
  destroyMap<u64>(map);
}

export function f64GetMany(map: usize, keys: usize, count: u32, out: usize, missing: f64): u32 {
  normalise(keys, count);
  return getMany<u64>(map, keys, count, out, missing);
}

export function f64HasMany(map: usize, keys: usize, count: u32, out: usize, homes: usize): u32 {
  normalise(keys, count);
  return hasMany<u64>(map, keys, count, out, homes);
}

export function f64SetMany(map: usize, keys: usize, count: u32, values: usize, added: usize): u32 {
  normalise(keys, count);
  return setMany<u64>(map, keys, count, values, added);
}

export function f64UndoMany(map: usize, keys: usize, count: u32, values: usize, added: usize): void {
  normalise(keys, count);
  undoMany<u64>(map, keys, count, values, added);
}

export function f64DeleteMany(map: usize, keys: usize, count: u32): u32 {
  normalise(keys, count);
  return deleteMany<u64>(map, keys, count);
}

/** The cursor comes as two halves; see scan.ts for the rest. */
export function f64Scan(map: usize, low: u32, high: u32, hashes: usize, values: usize, keys: usize, room: u32): i32 {
  return scan<u64>(map, (<u64>high << 32) | low, hashes, values, keys, room);
}

/** Leaves the cursor just behind `key` in the result cell, 0 when nothing can follow. */
export function f64After(map: usize, key: f64): void {
  store<u64>(RESULT, hashOf<u64>(map, bitsOf(key)) + 1);
}

export function f64Reserve(map: usize, count: u32): i32 {
  return <i32>reserve<u64>(map, count);
}

export function f64Shrink(map: usize): void {
  shrink<u64>(map);
}

export function f64Stats(map: usize, out: usize): void {
  stats<u64>(map, out);
}

export function f64Check(map: usize): i32 {
  return check<u64>(map);
}
