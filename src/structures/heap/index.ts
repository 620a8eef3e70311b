export type { HeapEntries, HeapStats } from './array-heap.js';
export { BinomialHeap } from './binomial-heap.js';
export { FibonacciHeap, type FibonacciNode } from './fibonacci-heap.js';
export { Heap, type HeapOptions, heapSort } from './heap.js';
export { IndexedHeap, type IndexedHeapBytesOptions, type IndexedHeapOptions } from './indexed-heap.js';
export { MinMaxHeap, type MinMaxHeapOptions } from './min-max-heap.js';
export { PairingHeap, type PairingHeapOptions } from './pairing-heap.js';
export { type ComparedQueueOptions, type NumberedQueueOptions, PriorityQueue } from './priority-queue.js';
