/** Tables of bytes and numbers in an arena with a budget, kept in a snapshot. */

import { Arena, ArenaFullError } from 'ashlar';
import { HashTable, U32Map } from 'ashlar/structures/hash-table';

const arena = new Arena({ maxBytes: 1024 * 1024 });
const sessions = new HashTable({ arena, name: 'sessions' });
sessions.set('session:17', JSON.stringify({ user: 'ada' }));
sessions.set(new Uint8Array([1, 2, 3]), 'bytes are keys too');
console.log(sessions.getString('session:17'));

const visits = new U32Map({ arena, name: 'visits' });
visits.setMany(Uint32Array.of(17, 18), Float64Array.of(3, 4));
console.log([...visits.getMany(Uint32Array.of(18, 17, 99))].join(' '));

// Everything in the arena, in one piece of bytes: keep it, send it, load it elsewhere.
const restored = Arena.restore(arena.snapshot());
console.log(HashTable.open(restored, 'sessions').size, U32Map.open(restored, 'visits').get(17));

// A full budget is an error with figures in it, and the table is as it was.
try {
  for (let i = 0; ; i++) sessions.set(`filler ${i}`, 'x'.repeat(1000));
} catch (error) {
  if (!(error instanceof ArenaFullError)) throw error;
  console.log(error.code, sessions.getString('session:17') !== undefined, arena.bytesUsed <= arena.maxBytes);
}
arena.dispose();
restored.dispose();

// Prints:
// {"user":"ada"}
// 4 3 NaN
// 2 3
// ARENA_FULL true true
