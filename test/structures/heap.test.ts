import { afterEach, describe, expect, it } from 'vitest';
import { Arena, ArenaFullError, DisposedError, NameError, SnapshotError } from '../../bindings/index.js';
import { xxh64 } from '../../src/codecs/hash/index.js';
import {
  BinomialHeap,
  FibonacciHeap,
  Heap,
  heapSort,
  IndexedHeap,
  MinMaxHeap,
  PairingHeap,
  PriorityQueue,
} from '../../src/structures/heap/index.js';
import { seededRandom, testSeed } from '../support/random.js';

const inArena = { Heap, IndexedHeap, MinMaxHeap, PairingHeap };
const drained = (heap: { pop(): number | undefined }): (number | undefined)[] => {
  const out: (number | undefined)[] = [];
  for (let id = heap.pop(); id !== undefined; id = heap.pop()) out.push(id);
  return out;
};
const u32 = (...values: number[]) => Uint32Array.from(values);
const f64 = (...values: number[]) => Float64Array.from(values);

let arena = new Arena({ seed: 1 });
afterEach(() => {
  arena.check();
  arena = new Arena({ seed: 1 });
});

describe('Heap', () => {
  for (const arity of [2, 4, 8] as const) {
    it(`pops in order of priority with arity ${arity}, least or greatest first`, () => {
      for (const max of [false, true]) {
        const heap = new Heap({ arena, arity, max });
        const priorities = [3, -1, 7.5, 0, -Infinity, 1e300, -1e-300, 5e-324, Infinity, 2];
        priorities.forEach((priority, id) => {
          heap.push(id, priority);
          heap.check();
        });
        expect(heap.arity).toBe(arity);
        const order = priorities.map((priority, id) => ({ priority, id })).sort((a, b) => a.priority - b.priority);
        if (max) order.reverse();
        expect(heap.peek()).toBe(order[0]?.id);
        expect(heap.peekPriority()).toBe(order[0]?.priority);
        expect(drained(heap)).toEqual(order.map((it) => it.id));
        expect(heap.peek()).toBeUndefined();
        expect(heap.peekPriority()).toBeUndefined();
        expect(heap.popEntry()).toBeUndefined();
      }
    });

    it(`stable: of equal priorities the first pushed comes first, arity ${arity}`, () => {
      const heap = new Heap({ arena, arity, stable: true });
      for (let i = 0; i < 500; i++) heap.push(i, i % 7);
      for (let i = 500; i < 2000; i++) {
        heap.push(i, i % 7);
        if (i % 3 === 0) heap.pop();
      }
      heap.check();
      const ids = [...heap.drain()];
      for (let i = 1; i < ids.length; i++) {
        const [[before, first], [id, priority]] = [ids[i - 1], ids[i]] as [[number, number], [number, number]];
        expect(first < priority || (first === priority && before < id)).toBe(true);
      }
    });
  }

  it('every u32 is an id, the greatest too', () => {
    const heap = new Heap({ arena });
    heap.push(0xffff_ffff, 1);
    heap.push(0, 2);
    expect(heap.peek()).toBe(0xffff_ffff);
    expect(heap.pop()).toBe(0xffff_ffff);
    expect(heap.pop()).toBe(0);
    expect(heap.pop()).toBeUndefined();
  });

  it('−0 is 0', () => {
    const heap = new Heap({ arena, stable: true });
    heap.push(1, 0);
    heap.push(2, -0);
    expect(heap.popEntry()).toEqual([1, 0]);
    expect(heap.popEntry()).toEqual([2, 0]);
  });

  it('refuses what is no id or no priority, and nothing has changed', () => {
    const heap = new Heap({ arena });
    heap.push(1, 1);
    const before = heap.toBytes();
    for (const id of [-1, 1.5, 2 ** 32, Number.NaN]) {
      expect(() => heap.push(id, 1)).toThrow(RangeError);
      expect(() => heap.replace(id, 1)).toThrow(RangeError);
    }
    expect(() => heap.push('1' as never, 1)).toThrow(/An id must be a number, got 1/);
    expect(() => heap.push(1, Number.NaN)).toThrow(/must not be NaN/);
    expect(() => heap.push(1, undefined as never)).toThrow(TypeError);
    expect(() => heap.pushMany(u32(1, 2), f64(1))).toThrow(/2 ids, but 1 priorities/);
    expect(() => heap.pushMany(u32(1, 2), f64(1, Number.NaN))).toThrow(/priorities\[1\]/);
    expect(() => heap.pushMany([1] as never, f64(1))).toThrow(TypeError);
    expect(() => heap.popMany(-1)).toThrow(RangeError);
    expect(() => new Heap({ arena, arity: 3 as never })).toThrow(/arity must be 2, 4 or 8, got 3/);
    expect(() => new Heap({ arena, capacity: -1 })).toThrow(RangeError);
    expect(heap.toBytes()).toEqual(before);
  });

  it('builds, merges and sorts', () => {
    const random = seededRandom(7);
    const priorities = new Float64Array(5000).map(() => random.below(1000));
    const ids = Uint32Array.from(priorities, (_, i) => i);
    for (const stable of [false, true]) {
      const heap = Heap.from(ids, priorities, { arena, stable });
      heap.check();
      const sorted = heap.toSorted();
      expect(heap.size).toBe(5000);
      expect(sorted.priorities).toEqual(priorities.slice().sort());
      if (stable)
        expect([...sorted.ids]).toEqual(
          [...ids].sort((a, b) => (priorities[a] as number) - (priorities[b] as number) || a - b),
        );
      const far = new Arena();
      const other = Heap.from(ids, priorities, { arena: far, stable });
      heap.merge(other).merge(heap);
      heap.check();
      expect(heap.size).toBe(20_000);
      expect(other.size).toBe(5000);
      const twice = heap.toSorted().priorities;
      expect(twice.filter((_, i) => i % 4 === 0)).toEqual(sorted.priorities);
      expect(() => heap.merge(new Heap({ arena, max: true }))).toThrow(RangeError);
    }
    const values = new Float64Array(3000).map((_, i) => (i % 100 === 0 ? Number.NaN : random.next() - 0.5));
    expect(heapSort(values.slice(), { arena })).toEqual(values.slice().sort());
    const down = heapSort(values.slice(), { arena, descending: true });
    expect(down.slice(0, 2970)).toEqual(
      values
        .filter((value) => !Number.isNaN(value))
        .sort()
        .reverse(),
    );
    expect(heapSort(new Float64Array(0), { arena }).length).toBe(0);
  });

  it('keeps order in a stable merge: ours first, then theirs', () => {
    const a = new Heap({ arena, stable: true });
    const b = new Heap({ arena, stable: true });
    for (let i = 0; i < 50; i++) {
      a.push(i, 1);
      b.push(100 + i, 1);
    }
    b.pop();
    a.merge(b);
    a.push(200, 1);
    expect(drained(a)).toEqual([
      ...Array.from({ length: 50 }, (_, i) => i),
      ...Array.from({ length: 49 }, (_, i) => 101 + i),
      200,
    ]);
  });

  it('replace is pop and push in one', () => {
    const heap = new Heap({ arena });
    expect(heap.replace(1, 10)).toBeUndefined();
    heap.push(2, 20);
    expect(heap.replace(3, 30)).toBe(1);
    expect(heap.replace(4, 5)).toBe(2);
    heap.check();
    expect(drained(heap)).toEqual([4, 3]);
  });

  it('iterates over a copy made at the beginning', () => {
    const heap = new Heap({ arena });
    for (let i = 0; i < 3000; i++) heap.push(i, -i);
    const seen = new Set<number>();
    for (const [id, priority] of heap) {
      expect(priority).toBe(-id || 0);
      seen.add(id);
      heap.clear();
    }
    expect(seen.size).toBe(3000);
    expect(heap.size).toBe(0);
    heap.check();
  });

  it('a batch for which there is no room changes nothing, and neither does an entry', () => {
    const small = new Arena({ maxBytes: 1 << 17 });
    for (const Kind of [Heap, IndexedHeap, MinMaxHeap]) {
      using heap = new Kind({ arena: small }) as Heap;
      heap.pushMany(u32(5, 6, 7), f64(5, 6, 7));
      const before = heap.toBytes();
      const many = Uint32Array.from({ length: 20_000 }, (_, i) => i + 10);
      expect(() => heap.pushMany(many, Float64Array.from(many))).toThrow(ArenaFullError);
      expect(heap.toBytes()).toEqual(before);
      let id = 10;
      expect(() => {
        for (;;) heap.push(id++, id);
      }).toThrow(ArenaFullError);
      heap.check();
      expect(heap.size).toBe(id - 10 + 3 - 1);
      small.check();
    }
  });

  it('reserves and shrinks', () => {
    const heap = new Heap({ arena, capacity: 1000 });
    expect(heap.stats().capacity).toBeGreaterThanOrEqual(1000);
    heap.push(1, 1);
    heap.shrink();
    heap.check();
    expect(heap.stats()).toMatchObject({ size: 1, capacity: 1 });
    heap.reserve(100);
    expect(heap.stats().capacity).toBeGreaterThanOrEqual(100);
    heap.pop();
    heap.shrink();
    expect(heap.stats().capacity).toBe(0);
    heap.push(2, 2);
    expect(heap.pop()).toBe(2);
  });
});

describe('IndexedHeap', () => {
  it('changes, removes and finds by id', () => {
    const heap = new IndexedHeap({ arena });
    for (let i = 0; i < 100; i++) heap.push(i, i);
    expect(heap.decreaseKey(50, -1)).toBe(true);
    expect(heap.increaseKey(0, 1000)).toBe(true);
    expect(heap.update(7, 7.5)).toBe(true);
    expect(heap.set(8, 99.5)).toBe(false);
    expect(heap.set(500, 3.5)).toBe(true);
    expect(heap.remove(3)).toBe(true);
    expect(heap.remove(3)).toBe(false);
    heap.check();
    expect([heap.has(3), heap.has(4), heap.has(-1), heap.has(1e9)]).toEqual([false, true, false, false]);
    expect([heap.priorityOf(50), heap.priorityOf(3), heap.priorityOf(1.5)]).toEqual([-1, undefined, undefined]);
    expect(heap.popMany(4).ids).toEqual(u32(50, 1, 2, 500));
    expect(heap.update(50, 1)).toBe(false);
    expect(drained(heap).at(-1)).toBe(0);
  });

  it('refuses an id that is there, a wrong direction and an id above maxId; nothing has changed', () => {
    const heap = new IndexedHeap({ arena, maxId: 1000 });
    heap.push(1, 1);
    heap.push(2, 2);
    const before = heap.toBytes();
    expect(() => heap.push(1, 5)).toThrow(/in the heap already/);
    expect(() => heap.decreaseKey(1, 2)).toThrow(/decreaseKey: 2 is above the priority of 1, 1/);
    expect(() => heap.increaseKey(1, 0)).toThrow(/below/);
    expect(() => heap.push(1001, 0)).toThrow(/at most 1000/);
    expect(() => heap.pushMany(u32(10, 11, 10), f64(1, 2, 3))).toThrow(/10 is in the heap already, or comes twice/);
    expect(() => heap.pushMany(u32(10, 1001), f64(1, 2))).toThrow(RangeError);
    expect(() => heap.update(1, Number.NaN)).toThrow(RangeError);
    expect(() => new IndexedHeap({ arena, maxId: 2 ** 32 })).toThrow(RangeError);
    expect(heap.toBytes()).toEqual(before);
    expect(() => IndexedHeap.fromBytes(before, { maxId: 1 })).toThrow(SnapshotError);
  });
});

describe('PairingHeap', () => {
  it('handles stand for their entries until those are gone', () => {
    const heap = new PairingHeap({ arena });
    const handles = Array.from({ length: 100 }, (_, i) => heap.push(i, i));
    expect(heap.decreaseKey(handles[60] as number, -5)).toBe(true);
    expect(heap.idOf(handles[60] as number)).toBe(60);
    expect(heap.pop()).toBe(60);
    expect(heap.has(handles[60] as number)).toBe(false);
    const again = heap.push(7, 7);
    expect(again).not.toBe(handles[60]);
    expect(heap.update(handles[60] as number, 1)).toBe(false);
    expect(heap.remove(handles[0] as number)).toBe(true);
    expect(heap.increaseKey(handles[1] as number, 1e9)).toBe(true);
    expect(() => heap.decreaseKey(handles[2] as number, 3)).toThrow(RangeError);
    heap.check();
    expect(heap.peek()).toBe(2);
    heap.clear();
    heap.check();
    expect(heap.has(handles[5] as number)).toBe(false);
    expect(heap.size).toBe(0);
    for (const handle of [-1, 0.5, 2 ** 60, Number.NaN]) expect(heap.has(handle)).toBe(false);
    expect(() => heap.has('x' as never)).toThrow(TypeError);
  });

  it('melds, and the other’s handles go on, raised', () => {
    const a = new PairingHeap({ arena });
    const b = new PairingHeap({ arena });
    for (let i = 0; i < 20; i++) a.push(i, i);
    const handles = Array.from({ length: 30 }, (_, i) => b.push(100 + i, i + 0.5));
    b.pop();
    a.pop();
    const raised = a.meld(b);
    a.check();
    b.check();
    expect([a.size, b.size]).toEqual([48, 0]);
    expect(a.idOf((handles[4] as number) + raised)).toBe(104);
    expect(a.idOf((handles[0] as number) + raised)).toBeUndefined();
    b.push(1, 1);
    expect(drained(a).slice(0, 4)).toEqual([1, 101, 2, 102]);
    expect(() => a.meld(a)).toThrow(RangeError);
    expect(() => a.meld(new PairingHeap())).toThrow(/same arena/);
  });
});

for (const [name, Kind] of Object.entries(inArena)) {
  describe(`${name} in its arena`, () => {
    const fill = (heap: { push(id: number, priority: number): unknown }, count = 200) => {
      const random = seededRandom(5);
      for (let i = 0; i < count; i++) heap.push(i, random.below(100));
    };

    it('is opened by name, survives a snapshot, and ends with dispose', () => {
      const heap = new Kind({ arena, name: 'queue' });
      fill(heap);
      expect(Kind.open(arena, 'queue')).toBe(heap);
      expect(() => new Kind({ arena, name: 'queue' })).toThrow(NameError);
      const copy = Kind.open(Arena.restore(arena.snapshot()), 'queue');
      copy.check();
      expect(copy.toBytes()).toEqual(heap.toBytes());
      heap.dispose();
      expect(heap.disposed).toBe(true);
      expect(() => heap.size).toThrow(DisposedError);
      expect(() => heap.push(1, 1)).toThrow(DisposedError);
      expect(() => Kind.open(arena, 'queue')).toThrow(NameError);
    });

    it('is the same bytes again after a round trip, in any arena', () => {
      const heap = new Kind({ arena });
      expect(Kind.fromBytes(heap.toBytes()).size).toBe(0);
      fill(heap, 3000);
      if ('pop' in heap) for (let i = 0; i < 100; i++) heap.pop();
      const bytes = heap.toBytes();
      const copy = Kind.fromBytes(bytes, { arena: new Arena(), name: 'copy' });
      copy.check();
      expect(copy.toBytes()).toEqual(bytes);
      copy.push(9999, 1);
      copy.check();
    });

    it('gives all memory back', () => {
      new Kind({ arena }).dispose();
      arena.scratch(64 * 1024);
      const before = arena.bytesUsed;
      for (let i = 0; i < 2000; i++) {
        const heap = new Kind({ arena });
        fill(heap, i % 40);
        heap.dispose();
      }
      expect(arena.bytesUsed).toBe(before);
    });

    it('refuses damaged bytes, and never crashes on bytes that lie', () => {
      const random = seededRandom(testSeed(`${name} fuzz`));
      const heap = new Kind({ arena });
      fill(heap, 40);
      if (heap instanceof PairingHeap) for (let i = 0; i < 10; i++) heap.pop();
      const bytes = heap.toBytes();
      for (let length = 0; length < bytes.length; length += 7) {
        expect(() => Kind.fromBytes(bytes.subarray(0, length))).toThrow(SnapshotError);
      }
      expect(() => Kind.fromBytes('x' as never)).toThrow(TypeError);
      const used = arena.bytesUsed;
      let accepted = 0;
      for (let round = 0; round < 1500; round++) {
        const bad = bytes.slice();
        for (let i = random.below(3); i >= 0; i--) {
          bad[24 + random.below(bad.length - 24)] = random.below(4) === 0 ? random.below(256) : random.below(8);
        }
        reseal(bad);
        try {
          const copy = Kind.fromBytes(bad, { arena });
          copy.check();
          copy.push(123_456, 2);
          copy.check();
          copy.dispose();
          accepted++;
        } catch (error) {
          expect(error).toBeInstanceOf(SnapshotError);
        }
      }
      expect(accepted).toBeLessThan(1500);
      expect(arena.bytesUsed).toBeLessThanOrEqual(used + 70_000);
    });
  });
}

/** Makes the checksum of an envelope right again. */
function reseal(bytes: Uint8Array): void {
  const covered = new Uint8Array(bytes.length - 8);
  covered.set(bytes.subarray(0, 16));
  covered.set(bytes.subarray(24), 16);
  new DataView(bytes.buffer).setBigUint64(16, xxh64(covered), true);
}

describe('PriorityQueue', () => {
  interface Task {
    name: string;
    at: number;
  }
  const tasks: Task[] = Array.from({ length: 300 }, (_, i) => ({ name: `t${i}`, at: (i * 7919) % 50 }));
  const stableOrder = [...tasks].sort((a, b) => a.at - b.at);

  it('holds objects, by a number or a comparator, stable when asked', () => {
    using byNumber = new PriorityQueue<Task>({ priority: (task) => task.at, stable: true, arena });
    using byCompare = new PriorityQueue<Task>({ compare: (a, b) => a.at - b.at, stable: true });
    using greatest = new PriorityQueue<Task>({ priority: (task) => task.at, max: true, arena });
    for (const queue of [byNumber, byCompare, greatest]) for (const task of tasks) queue.push(task);
    expect(new Set(byNumber)).toEqual(new Set(tasks));
    expect(byCompare.peek()).toBe(stableOrder[0]);
    expect([...byNumber.drain()]).toEqual(stableOrder);
    expect([...byCompare.drain()]).toEqual(stableOrder);
    expect(greatest.pop()?.at).toBe(49);
    for (let round = 0; round < 3; round++) {
      byNumber.push(tasks[0] as Task);
      expect(byNumber.pop()).toBe(tasks[0]);
    }
    expect([byNumber.pop(), byNumber.peek(), byNumber.size]).toEqual([undefined, undefined, 0]);
    greatest.clear();
    expect(greatest.size).toBe(0);
  });

  it('a priority or a comparator that fails changes nothing', () => {
    using byNumber = new PriorityQueue<number>({ priority: (value) => value, arena });
    byNumber.push(1);
    expect(() => byNumber.push(Number.NaN)).toThrow(RangeError);
    expect(() => byNumber.push('x' as never)).toThrow(TypeError);
    expect([byNumber.size, byNumber.pop()]).toEqual([1, 1]);
    const byCompare = new PriorityQueue<number>({
      compare: (a, b) => {
        if (a === 13 || b === 13) throw new Error('unlucky');
        return a - b;
      },
    });
    for (const value of [5, 3, 4]) byCompare.push(value);
    expect(() => byCompare.push(13)).toThrow('unlucky');
    expect([...byCompare.drain()]).toEqual([3, 4, 5]);
    expect(() => new PriorityQueue({} as never)).toThrow(TypeError);
  });
});

for (const [name, make] of Object.entries({
  BinomialHeap: (max: boolean) => new BinomialHeap<number>({ max }),
  FibonacciHeap: (max: boolean) => new FibonacciHeap<number>({ max }),
})) {
  it(`${name} pops in order and melds`, () => {
    const random = seededRandom(11);
    for (const max of [false, true]) {
      const [a, b] = [make(max), make(max)] as [BinomialHeap<number>, BinomialHeap<number>];
      const values = Array.from({ length: 800 }, () => random.next());
      values.forEach((value, i) => {
        (i % 3 === 0 ? a : b).push(value, value);
      });
      a.pop();
      b.pop();
      a.meld(b);
      a.check();
      expect([a.size, b.size]).toEqual([798, 0]);
      const out: number[] = [];
      for (let value = a.pop(); value !== undefined; value = a.pop()) {
        out.push(value);
        if (out.length % 100 === 0) a.check();
      }
      expect(out).toEqual([...out].sort((x, y) => (max ? y - x : x - y)));
      expect(out.length).toBe(798);
      expect(() => a.push(1, Number.NaN)).toThrow(RangeError);
      expect(() => a.meld(a)).toThrow(RangeError);
    }
  });
}

it('FibonacciHeap moves entries forward, removes them, and knows its own', () => {
  const random = seededRandom(12);
  const heap = new FibonacciHeap<number>();
  const other = new FibonacciHeap<number>();
  const live = new Map<number, { node: ReturnType<typeof heap.push>; priority: number }>();
  for (let step = 0; step < 4000; step++) {
    const choice = random.next();
    if (choice < 0.5) {
      const priority = random.below(10_000);
      const target = random.next() < 0.2 ? other : heap;
      live.set(step, { node: target.push(step, priority), priority });
      if (step % 50 === 0) heap.meld(other);
    } else if (choice < 0.7) {
      const [id, entry] = [...live][random.below(live.size)] ?? [];
      if (id === undefined || entry === undefined || !heap.has(entry.node)) continue;
      entry.priority -= random.below(5000);
      heap.decreaseKey(entry.node, entry.priority);
    } else if (choice < 0.8) {
      const [id, entry] = [...live][random.below(live.size)] ?? [];
      if (id === undefined || entry === undefined || !heap.has(entry.node)) continue;
      heap.remove(entry.node);
      expect(heap.has(entry.node)).toBe(false);
      live.delete(id);
    } else if (heap.size > 0) {
      const least = Math.min(...[...live.values()].filter(({ node }) => heap.has(node)).map((it) => it.priority));
      expect(heap.peekPriority()).toBe(least);
      live.delete(heap.pop() as number);
    }
    if (step % 200 === 0) heap.check();
  }
  const node = heap.push(1, 5);
  expect(() => heap.decreaseKey(node, 6)).toThrow(RangeError);
  expect(() => other.remove(node)).toThrow(/not in this heap/);
  heap.clear();
  expect(heap.has(node)).toBe(false);
});
