import { describe, expect, it } from 'vitest';
import { Link } from '../../src/base/linked-list.js';
import { PriorityList } from '../../src/base/priority-list.js';
import { Setbacks } from '../../src/base/setbacks.js';
import { ManualTime } from '../support/time.js';

describe('Setbacks', () => {
  it('wait longer each time, up to a most, and are forgotten when something goes well', () => {
    const time = new ManualTime();
    const setbacks = new Setbacks({ free: 1, delayMs: 10, maxDelayMs: 35, limit: 3 }, time);
    expect([1, 2, 3, 4, 5].map(() => setbacks.add())).toEqual([0, 10, 20, 35, 35]);
    expect([setbacks.inARow, setbacks.tooMany, setbacks.waitMs]).toEqual([5, true, 35]);
    time.jump(-1e9);
    time.advance(30);
    expect(setbacks.waitMs).toBe(5);
    time.advance(100);
    expect(setbacks.waitMs).toBe(0);
    setbacks.none();
    expect([setbacks.inARow, setbacks.tooMany, setbacks.add()]).toEqual([0, false, 0]);
  });

  it('count beyond what a double can double, and take their share of chance', () => {
    const setbacks = new Setbacks(
      { free: 0, delayMs: 8, maxDelayMs: 1000, limit: 1, jitter: () => 0.5 },
      new ManualTime(),
    );
    expect(setbacks.add()).toBe(4);
    for (let i = 0; i < 5000; i++) setbacks.add();
    expect(setbacks.add()).toBe(500);
  });
});

describe('PriorityList', () => {
  it('takes back what was first, before the first of its priority', () => {
    class Item extends Link {
      constructor(readonly name: string) {
        super();
      }
    }
    const list = new PriorityList<Item>();
    for (const [name, priority] of [
      ['a', 0],
      ['b', 0],
      ['c', 2],
    ] as const)
      list.push(new Item(name), priority);
    list.unshift(new Item('first of 0'), 0);
    list.unshift(new Item('first of 2'), 2);
    list.unshift(new Item('alone'), 1);
    expect([...list].map(({ name }) => name)).toEqual(['first of 2', 'c', 'alone', 'first of 0', 'a', 'b']);
    expect(list.size).toBe(6);
    const last = list.last as Item;
    last.list?.remove(last);
    expect([list.size, list.last?.name]).toEqual([5, 'a']);
  });
});
