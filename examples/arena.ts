/** Off-heap memory with a budget: allocate, snapshot, restore. */

import { Arena, ArenaFullError } from 'ashlar';

const arena = new Arena({ maxBytes: 1 << 20, name: 'example' });

const address = arena.alloc(5);
arena.u8Until(address + 5).set([1, 2, 3, 4, 5], address);

// A snapshot is plain bytes: write it to a file, send it to another machine, load it in a browser.
const snapshot = arena.snapshot();
const copy = Arena.restore(snapshot);
console.log(
  'restored:',
  copy
    .u8Until(address + 5)
    .slice(address, address + 5)
    .join(' '),
);

// The budget is real. What does not fit is refused, and nothing changes.
try {
  arena.alloc(2 << 20);
} catch (error) {
  console.log('refused:', error instanceof ArenaFullError ? error.code : error);
}

arena.dispose();
console.log('disposed:', arena.disposed);

// Prints:
// restored: 1 2 3 4 5
// refused: ARENA_FULL
// disposed: true
