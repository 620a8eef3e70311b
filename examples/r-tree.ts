/** An R-tree of places: what is here, what is near, what moved; ids index an array of the caller's objects. */

import { Arena } from 'ashlar';
import { RTree } from 'ashlar/structures/r-tree';

const places = [
  { name: 'harbour', box: [0, 0, 8, 3] },
  { name: 'market', box: [10, 4, 14, 7] },
  { name: 'bridge', box: [7, 2, 11, 5] },
  { name: 'well', box: [12, 9, 12, 9] },
] as const;
const names = (ids: Iterable<number>) => [...ids].map((id) => places[id]?.name ?? 'somebody').join(', ');

// All at once: packed, and fastest to search. Without ids they are 0, 1, 2 …
const arena = new Arena();
const map = new RTree({ arena, name: 'map' });
map.bulkLoad(undefined, Float64Array.from(places.flatMap(({ box }) => box)));
console.log(names(map.search(6, 1, 9, 4).sort()));
console.log(names(map.search(9, 3, 15, 10, { relation: 'within' }).sort()));
console.log(names(map.search(10.5, 4.5, 10.5, 4.5, { relation: 'contains' }).sort()));
console.log(map.collides(20, 20, 21, 21), map.bounds);

// The nearest, nearest first; only those a filter lets pass.
console.log(names(map.nearest(12, 8.5, 2)));
console.log(names(map.nearest(12, 8.5, 2, { filter: (id) => id !== 3, maxDistance: 5 })));

// One that moves is removed where it was and inserted where it is.
map.insert(100, 5, 5, 5, 5);
map.remove(100, 5, 5, 5, 5);
map.insert(100, 12, 8, 12, 8);
console.log(names(map.nearest(12, 8, 1)), map.size);

// Everything survives a snapshot of its arena.
console.log(RTree.open(Arena.restore(arena.snapshot()), 'map').size);

// Prints:
// harbour, bridge
// market, well
// market, bridge
// false { minX: 0, minY: 0, maxX: 14, maxY: 9 }
// well, market
// market, bridge
// somebody 5
// 5
