/** The heaps in an arena against a plain list, with random operations; each run prints its seed. */

import { expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import { Heap, IndexedHeap, MinMaxHeap, PairingHeap } from '../../src/structures/heap/index.js';
import { type SeededRandom, seededRandom, testSeed } from '../support/random.js';

interface Entry {
  id: number;
  priority: number;
  handle: number;
}

/** Few different priorities, so that ties are frequent; or many. */
function priorityFrom(random: SeededRandom, span: number): number {
  return random.below(span) - span / 2;
}

/** Removes and returns the entry of this id. */
function take(list: Entry[], id: number): Entry {
  const index = list.findIndex((entry) => entry.id === id);
  expect(index, `the id ${id} is in the list`).toBeGreaterThanOrEqual(0);
  return list.splice(index, 1)[0] as Entry;
}

const seed = testSeed('heaps against a list');

for (const arity of [2, 4, 8] as const) {
  for (const stable of [false, true]) {
    it(`Heap, arity ${arity}${stable ? ', stable' : ''}`, () => {
      const random = seededRandom(seed + arity);
      const arena = new Arena({ seed });
      for (const max of [false, true]) {
        const heap = new Heap({ arena, arity, stable, max });
        const list: Entry[] = [];
        let next = 0;
        const best = () => (max ? Math.max : Math.min)(...list.map((entry) => entry.priority));
        const expectFirst = (id: number | undefined): void => {
          if (list.length === 0) return expect(id).toBeUndefined();
          const first = list.find((entry) => entry.priority === best()) as Entry;
          if (stable) expect(id).toBe(first.id);
          expect(take(list, id as number).priority).toBe(first.priority);
        };
        for (let step = 0; step < 250; step++) {
          const choice = random.next();
          const entry = { id: next++, priority: priorityFrom(random, step % 2 ? 10 : 1e6), handle: 0 };
          if (choice < 0.5) {
            heap.push(entry.id, entry.priority);
            list.push(entry);
          } else if (choice < 0.85) expectFirst(heap.pop());
          else if (choice < 0.9) {
            expectFirst(heap.replace(entry.id, entry.priority));
            list.push(entry);
          } else if (choice < 0.95) {
            const more = Array.from({ length: random.below(choice < 0.91 ? 200 : 10) }, () => ({
              ...entry,
              id: next++,
            }));
            for (const it of more) it.priority = priorityFrom(random, 50);
            heap.pushMany(
              Uint32Array.from(more, (it) => it.id),
              Float64Array.from(more, (it) => it.priority),
            );
            list.push(...more);
          } else {
            const { ids, priorities } = heap.popMany(random.below(60));
            ids.forEach((id, i) => {
              expect(priorities[i]).toBe(best());
              expectFirst(id);
            });
          }
          if (step % 10 === 0) heap.check();
          expect(heap.size).toBe(list.length);
        }
        heap.dispose();
      }
      arena.check();
    });
  }
}

for (const stable of [false, true]) {
  it(`IndexedHeap${stable ? ', stable' : ''}`, () => {
    const random = seededRandom(seed + 20);
    for (const max of [false, true]) {
      const heap = new IndexedHeap({ arena: new Arena({ seed }), stable, max });
      const oracle = new Map<number, number>();
      for (let step = 0; step < 6000; step++) {
        const id = random.below(300);
        const priority = priorityFrom(random, step % 3 ? 20 : 1e6);
        const choice = random.next();
        if (choice < 0.4) {
          expect(heap.set(id, priority)).toBe(!oracle.has(id));
          oracle.set(id, priority);
        } else if (choice < 0.6) {
          expect(heap.update(id, priority)).toBe(oracle.has(id));
          if (oracle.has(id)) oracle.set(id, priority);
        } else if (choice < 0.8) {
          expect(heap.remove(id)).toBe(oracle.delete(id));
        } else {
          const values = [...oracle];
          const best = (max ? Math.max : Math.min)(...values.map(([, value]) => value));
          const first = heap.pop();
          // An id keeps its turn when its priority changes, as a Map keeps its place.
          if (stable) expect(first).toBe(values.find(([, value]) => value === best)?.[0]);
          if (first === undefined) expect(values.length).toBe(0);
          else expect(oracle.get(first)).toBe(best);
          oracle.delete(first as number);
        }
        expect(heap.priorityOf(id)).toBe(oracle.get(id));
        if (step % 20 === 0) heap.check();
        expect(heap.size).toBe(oracle.size);
      }
    }
  });
}

it('MinMaxHeap', () => {
  const random = seededRandom(seed + 30);
  const heap = new MinMaxHeap({ arena: new Arena({ seed }) });
  const list: Entry[] = [];
  let next = 0;
  const ends = () => [Math.min(...list.map((it) => it.priority)), Math.max(...list.map((it) => it.priority))];
  for (let step = 0; step < 6000; step++) {
    const choice = random.next();
    const priority = priorityFrom(random, step % 2 ? 15 : 1e6);
    if (choice < 0.48) {
      heap.push(next, priority);
      list.push({ id: next++, priority, handle: 0 });
    } else if (choice < 0.5) {
      const count = random.below(choice < 0.482 ? 300 : 20);
      const ids = Uint32Array.from({ length: count }, () => next++);
      const priorities = Float64Array.from(ids, () => priorityFrom(random, 100));
      heap.pushMany(ids, priorities);
      ids.forEach((id, i) => {
        list.push({ id, priority: priorities[i] as number, handle: 0 });
      });
    } else if (list.length > 0) {
      const [least, greatest] = ends();
      expect([heap.minPriority(), heap.maxPriority()]).toEqual([least, greatest]);
      const max = random.next() < 0.5;
      const peeked = max ? heap.peekMax() : heap.peekMin();
      const id = (max ? heap.popMax() : heap.popMin()) as number;
      expect(id).toBe(peeked);
      expect(take(list, id).priority).toBe(max ? greatest : least);
    } else {
      expect([heap.popMin(), heap.popMax(), heap.peekMin(), heap.peekMax()]).toEqual(Array(4).fill(undefined));
    }
    if (step % 10 === 0) heap.check();
    expect(heap.size).toBe(list.length);
  }
  const rest = list.map((it) => it.priority).sort((a, b) => b - a);
  expect([...heap.popMaxMany(20).priorities]).toEqual(rest.slice(0, 20));
  expect([...heap.popMinMany(1e6).priorities]).toEqual(rest.slice(20).reverse());
});

it('PairingHeap', () => {
  const random = seededRandom(seed + 40);
  const arena = new Arena({ seed });
  for (const max of [false, true]) {
    let heap = new PairingHeap({ arena, max });
    let list: Entry[] = [];
    let next = 0;
    for (let step = 0; step < 2500; step++) {
      const choice = random.next();
      const priority = priorityFrom(random, step % 2 ? 15 : 1e6);
      const some = list[random.below(list.length)] as Entry;
      if (choice < 0.45 || list.length === 0) {
        list.push({ id: next, priority, handle: heap.push(next++, priority) });
      } else if (choice < 0.65) {
        expect(heap.update(some.handle, priority)).toBe(true);
        some.priority = priority;
        expect(heap.priorityOf(some.handle)).toBe(priority);
      } else if (choice < 0.75) {
        expect(heap.remove(some.handle)).toBe(true);
        expect(heap.remove(some.handle)).toBe(false);
        take(list, some.id);
      } else if (choice < 0.98) {
        const best = (max ? Math.max : Math.min)(...list.map((it) => it.priority));
        expect(heap.peekPriority()).toBe(best);
        expect(take(list, heap.pop() as number).priority).toBe(best);
      } else if (choice < 0.99) {
        const other = new PairingHeap({ arena, max });
        const more = Array.from({ length: random.below(20) }, () => ({ id: next++, priority, handle: 0 }));
        for (const it of more) it.handle = other.push(it.id, it.priority);
        if (random.next() < 0.5 && other.size > 0) take(more, other.pop() as number);
        const raised = heap.meld(other);
        list = [...list, ...more.map((it) => ({ ...it, handle: it.handle + raised }))];
        other.dispose();
      } else {
        const copy = PairingHeap.fromBytes(heap.toBytes(), { arena });
        heap.dispose();
        heap = copy;
      }
      if (step % 10 === 0) heap.check();
      expect(heap.size).toBe(list.length);
      expect(list.every((it) => heap.has(it.handle))).toBe(true);
    }
    heap.dispose();
  }
  arena.check();
});
