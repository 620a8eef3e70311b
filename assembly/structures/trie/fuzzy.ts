// Keys within an edit distance (V. Levenshtein, 1965) of a query: a row of the table of distances for each character
// on the way down, of which only the 2k + 1 cells that can be within k are computed (E. Ukkonen, 1985). A path is left
// when its row has none within k.
//
//   tables   query u32 each; rows u16 each, of query + 1 cells; row d is that of the first d characters of a key
//   state    u32 d; u32 bits of a character that is not complete; u32 bytes it lacks; u32 zero

import { alloc } from '../../memory/arena/allocator';
import { flagsOf, STRING_KEYS } from './layout';
import { LIMIT, TABLES, TRIE, WIDTH } from './walk';

export const FUZZY_STATE: u32 = 16;
const BITS: usize = 4;
const LACKS: usize = 8;
/** What stands for a byte that no character begins or goes on with. */
const STRAY: u32 = 0x11_0000;

// @ts-ignore: decorator
@inline
function cellAt(walk: usize, row: u32, column: u32): usize {
  const query = load<u32>(walk, WIDTH);
  return <usize>load<u32>(walk, TABLES) + (<usize>query << 2) + (<usize>(row * (query + 1) + column) << 1);
}

/** False when the budget is full. */
export function makeRows(walk: usize, query: usize, count: u32, most: u32): bool {
  // A key with more characters than the query and the distance together is too far in any case.
  const tables = alloc(4 * count + 2 * (count + 1) * (count + most + 1));
  if (!tables) return false;
  memory.copy(tables, query, count << 2);
  store<u32>(walk, <u32>tables, TABLES);
  store<u32>(walk, count, WIDTH);
  store<u32>(walk, most, LIMIT);
  for (let i: u32 = 0; i <= count; i++) store<u16>(cellAt(walk, 0, i), <u16>i);
  return true;
}

export function startFuzzy(state: usize): void {
  store<u64>(state, 0);
  store<u64>(state, 0, 8);
}

export function feedFuzzy(walk: usize, state: usize, byte: u32): bool {
  if (byte < 0x80 || !(flagsOf(load<u32>(walk, TRIE)) & STRING_KEYS)) {
    store<u32>(state, 0, LACKS);
    return addRow(walk, state, byte);
  }
  if ((byte & 0xc0) == 0x80) {
    const lacks = load<u32>(state, LACKS);
    if (!lacks) return addRow(walk, state, STRAY | byte);
    const bits = (load<u32>(state, BITS) << 6) | (byte & 63);
    store<u32>(state, bits, BITS);
    store<u32>(state, lacks - 1, LACKS);
    return lacks > 1 || addRow(walk, state, bits);
  }
  const lacks: u32 = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
  store<u32>(state, byte & (0x3f >> lacks), BITS);
  store<u32>(state, lacks, LACKS);
  return true;
}

/** The row of one more character; false when no cell of it is within the distance. */
function addRow(walk: usize, state: usize, character: u32): bool {
  const query = load<u32>(walk, WIDTH);
  const most = load<u32>(walk, LIMIT);
  const row = load<u32>(state) + 1;
  if (row > query + most) return false;
  store<u32>(state, row);
  const from = row > most ? row - most : 0;
  const to = min<u32>(query, row + most);
  const far = most + 1;
  let above = cellAt(walk, row - 1, from);
  let at = cellAt(walk, row, from);
  let letter = <usize>load<u32>(walk, TABLES) + (<usize>from << 2);
  let left: u32 = far;
  let diagonal: u32 = far;
  let least: u32 = far;
  // Cells beyond the band are far: those left of it here, and the one right of it in the row above.
  if (from) diagonal = <u32>load<u16>(above - 2);
  const bandEnd = row - 1 + most;
  for (let column = from; column <= to; column++) {
    const up: u32 = column > bandEnd ? far : <u32>load<u16>(above);
    let cell = min<u32>(up, left) + 1;
    if (!column) cell = row;
    else {
      // The letter of a column is the one before it.
      const change: u32 = load<u32>(letter - 4) == character ? 0 : 1;
      cell = min<u32>(cell, diagonal + change);
    }
    cell = min<u32>(cell, far);
    store<u16>(at, <u16>cell);
    least = min<u32>(least, cell);
    left = cell;
    diagonal = up;
    above += 2;
    at += 2;
    letter += 4;
  }
  return least <= most;
}

/** The distance of a key that ends here, or −1 when it is too far. */
export function distanceAt(walk: usize, state: usize): i32 {
  const query = load<u32>(walk, WIDTH);
  const most = load<u32>(walk, LIMIT);
  const row = load<u32>(state);
  if (row + most < query || row > query + most) return -1;
  const distance = <u32>load<u16>(cellAt(walk, row, query));
  return distance <= most ? <i32>distance : -1;
}
