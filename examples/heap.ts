/** Priority queues: a scheduler, shortest paths with decrease-key, both ends at once, and JavaScript objects. */

import { Heap, heapSort, IndexedHeap, MinMaxHeap, PriorityQueue } from 'ashlar/structures/heap';

// Ids and priorities, outside the JavaScript heap.
const events = new Heap();
events.push(7, 30);
events.push(8, 10);
events.push(9, 20);
console.log(events.pop(), events.peek(), events.peekPriority(), events.size);

// Many at once: built in O(n).
const batch = Heap.from(Uint32Array.of(1, 2, 3), Float64Array.of(0.5, 0.1, 0.9), { max: true });
console.log(batch.popMany(2).ids.join(' '));

// Dijkstra: an id's priority falls as shorter ways are found.
const roads: [from: number, to: number, length: number][] = [
  [0, 1, 7],
  [0, 2, 3],
  [2, 1, 2],
  [1, 3, 1],
  [2, 3, 8],
];
const distance = [0, Infinity, Infinity, Infinity];
const frontier = new IndexedHeap();
distance.forEach((length, place) => {
  frontier.push(place, length);
});
for (const [place] of frontier.drain()) {
  for (const [from, to, length] of roads) {
    const way = (distance[from] as number) + length;
    if (from === place && way < (distance[to] as number)) {
      distance[to] = way;
      frontier.decreaseKey(to, way);
    }
  }
}
console.log(distance.join(' '));

// The cheapest and the dearest.
const offers = new MinMaxHeap();
for (const price of [12, 5, 30, 18]) offers.push(price, price);
console.log(offers.popMin(), offers.popMax());

// Objects, first come first served among equals.
const tasks = new PriorityQueue<{ name: string; urgency: number }>({
  priority: (task) => task.urgency,
  max: true,
  stable: true,
});
tasks.push({ name: 'write', urgency: 1 });
tasks.push({ name: 'test', urgency: 2 });
tasks.push({ name: 'read', urgency: 2 });
console.log([...tasks.drain()].map((task) => task.name).join(' '));

console.log(heapSort(Float64Array.of(3, 1, 2)).join(' '));

// Prints:
// 8 9 20 2
// 3 1
// 0 5 3 6
// 5 30
// test read write
// 1 2 3
