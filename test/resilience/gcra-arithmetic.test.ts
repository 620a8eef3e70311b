import { describe, expect, it } from 'vitest';
import { throttle, throttleSeconds } from '../../src/resilience/rate-limiter/gcra-arithmetic.js';

const MS = 1_000_000n;
const START = 1_700_000_000_000n * MS;

describe('throttle', () => {
  it("answers redis-cell's documented example: 15 beyond the first, 30 in 60 seconds", () => {
    const quota = { maxBurst: 15n, count: 30n, periodSeconds: 60n };
    const { limited, limit, remaining, retryAfterNs, resetAfterNs } = throttle(quota, undefined, START);
    expect([limited, limit, remaining, throttleSeconds(retryAfterNs), throttleSeconds(resetAfterNs)]).toEqual([
      false,
      16n,
      15n,
      -1n,
      2n,
    ]);
  });

  it("answers redis-cell's table of cases: five at once, one a second", () => {
    // Milliseconds from the start, quantity; limited, remaining, ms until all is there, ms to wait.
    const cases: [number, number, boolean, number, number, number][] = [
      [0, 6, true, 5, 0, -1000],
      [0, 1, false, 4, 1000, -1000],
      [0, 1, false, 3, 2000, -1000],
      [0, 1, false, 2, 3000, -1000],
      [0, 1, false, 1, 4000, -1000],
      [0, 1, false, 0, 5000, -1000],
      [0, 1, true, 0, 5000, 1000],
      [3000, 1, false, 2, 3000, -1000],
      [3100, 1, false, 1, 3900, -1000],
      [4000, 1, false, 1, 4000, -1000],
      [8000, 1, false, 4, 1000, -1000],
      [9500, 1, false, 4, 1000, -1000],
      [9500, 0, false, 4, 1000, -1000],
      [9500, 2, false, 2, 3000, -1000],
      [9500, 5, true, 2, 3000, 3000],
    ];
    let arrival: bigint | undefined;
    for (const [at, quantity, limited, remaining, reset, retry] of cases) {
      const quota = { maxBurst: 4n, count: 1n, periodSeconds: 1n };
      const answer = throttle(quota, arrival, START + BigInt(at) * MS, BigInt(quantity));
      expect([answer.limited, answer.limit, answer.remaining, answer.resetAfterNs, answer.retryAfterNs]).toEqual([
        limited,
        5n,
        BigInt(remaining),
        BigInt(reset) * MS,
        BigInt(retry) * MS,
      ]);
      arrival = answer.arrivalNs ?? arrival;
    }
  });

  it('divides the period as redis-cell does, and counts milliseconds of a second as a whole one', () => {
    const thirds = throttle({ maxBurst: 0n, count: 3n, periodSeconds: 1n }, undefined, START);
    expect(thirds.resetAfterNs).toBe(333_333_333n);
    expect(throttleSeconds(thirds.resetAfterNs)).toBe(1n);
    expect([
      throttleSeconds(0n),
      throttleSeconds(-1_000_000_000n),
      throttleSeconds(2_000_999_999n),
      throttleSeconds(2_001_000_000n),
    ]).toEqual([0n, -1n, 2n, 3n]);
  });

  it('goes on where the clock went back', () => {
    const quota = { maxBurst: 1n, count: 1n, periodSeconds: 1n };
    const first = throttle(quota, undefined, START);
    const back = throttle(quota, first.arrivalNs, START - 10_000n * MS);
    expect([back.limited, back.remaining]).toEqual([true, 0n]);
  });

  it('refuses what cannot be', () => {
    const quota = { maxBurst: 4n, count: 1n, periodSeconds: 1n };
    expect(() => throttle({ ...quota, maxBurst: -1n }, undefined, START)).toThrow(/maxBurst must be from 0/);
    expect(() => throttle({ ...quota, count: 0n }, undefined, START)).toThrow(RangeError);
    expect(() => throttle({ ...quota, periodSeconds: 2n ** 62n }, undefined, START)).toThrow(/64 bits/);
    expect(() => throttle(quota, undefined, START, -1n)).toThrow(RangeError);
    expect(() => throttle({ ...quota, count: 1 as never }, undefined, START)).toThrow(TypeError);
  });
});
