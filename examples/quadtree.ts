/** A quadtree of things that move: who is in view, who is within reach, who is nearest. */

import { Arena } from 'ashlar';
import { Quadtree } from 'ashlar/structures/quadtree';

const arena = new Arena();
const field = new Quadtree({
  arena,
  name: 'field',
  bounds: { minX: 0, minY: 0, maxX: 1000, maxY: 1000 },
  capacity: 4,
});

// Ids are the caller's: here, places in an array of positions.
const positions = Float64Array.of(10, 10, 20, 15, 500, 500, 505, 498, 990, 5, 495, 510);
field.insertMany(undefined, positions);
console.log(field.size, field.stats().depth);

console.log([...field.search(0, 0, 100, 100)].sort().join(' '));
console.log([...field.searchCircle(500, 500, 8)].sort().join(' '));
console.log([...field.nearest(0, 0, 2)].join(' '));
console.log([...field.nearest(500, 500, 2, { filter: (id) => id !== 2 })].join(' '));

// A point is moved from exactly where it was.
console.log(field.move(4, 990, 5, 498, 503), field.move(4, 990, 5, 0, 0));
console.log([...field.searchCircle(500, 500, 8)].sort().join(' '));

// Points outside the bounds are refused.
try {
  field.insert(9, 1001, 0);
} catch (error) {
  console.log((error as Error).message);
}

// Everything survives a snapshot of its arena.
console.log(Quadtree.open(Arena.restore(arena.snapshot()), 'field').size);

// Prints:
// 6 1
// 0 1
// 2 3
// 0 1
// 3 5
// true false
// 2 3 4
// A point must lie within the bounds, x from 0 to 1000 and y from 0 to 1000, got 1001, 0
// 6
