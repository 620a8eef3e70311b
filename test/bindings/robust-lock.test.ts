import { describe, expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import { RobustLock } from '../../bindings/robust-lock.js';
import { ManualTime } from '../support/time.js';

function lockOf(arena: Arena, at: number, time: ManualTime): RobustLock {
  return new RobustLock(new Int32Array(arena.memory.buffer), at >>> 2, arena.participants, () => time.monotonic());
}

function two() {
  const time = new ManualTime();
  const arena = new Arena({ shared: true, maxBytes: 1 << 20 });
  const at = arena.alloc(8);
  arena.u32.fill(0, at >>> 2, (at >>> 2) + 2);
  const other = Arena.attach(arena.share());
  return { time, arena, mine: lockOf(arena, at, time), theirs: lockOf(other, at, time), other };
}

describe('RobustLock', () => {
  it('is had by one at a time', () => {
    const { mine, theirs } = two();
    expect(mine.tryTake()).toBe(true);
    expect(theirs.tryTake()).toBe(false);
    mine.give();
    expect(theirs.tryTake()).toBe(true);
    expect(mine.tryTake()).toBe(false);
    // Who does not have it gives nothing back.
    mine.give();
    expect(mine.tryTake()).toBe(false);
    theirs.give();
    mine.take();
    expect([mine.takenOver, theirs.takenOver]).toEqual([0, 0]);
  });

  it('is taken from one who was buried or has left, at once', () => {
    const { arena, mine, theirs, other } = two();
    theirs.take();
    arena.bury(1);
    expect(mine.tryTake()).toBe(true);
    expect(mine.takenOver).toBe(1);
    mine.give();
    const next = Arena.attach(arena.share());
    expect(next.participant?.number).toBe(1);
    theirs.take();
    // Its place is another's now: that does not make it alive.
    expect(mine.tryTake()).toBe(true);
    other.dispose();
  });

  it('is taken from one who holds it for a second in which nobody else had it', () => {
    const { time, mine, theirs } = two();
    theirs.take();
    expect(mine.tryTake()).toBe(false);
    time.advance(999);
    expect(mine.tryTake()).toBe(false);
    theirs.give();
    theirs.take();
    time.advance(999);
    expect(mine.tryTake()).toBe(false);
    time.advance(999);
    expect(mine.tryTake()).toBe(false);
    time.advance(1);
    expect(mine.tryTake()).toBe(true);
    expect(theirs.tryTake()).toBe(false);
  });
});
