import { afterEach, describe, expect, it, vi } from 'vitest';
import { describeReal, requireReal } from './real.js';

describe('requireReal', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('finds a program that is on PATH', () => {
    expect(requireReal('sh').path).toMatch(/\/sh$/);
  });

  it('gives the reason when a program is missing', () => {
    vi.stubEnv('ASHLAR_REQUIRE_REAL', '');
    expect(requireReal('no-such-program').skip).toContain('no-such-program');
  });

  it('fails on a missing program where everything real is required', () => {
    vi.stubEnv('ASHLAR_REQUIRE_REAL', '1');
    expect(() => requireReal('no-such-program')).toThrow('ASHLAR_REQUIRE_REAL=1');
  });
});

describeReal('sh', 'describeReal', (path) => {
  it('hands over the path where the program is there', () => {
    expect(path).toBe(requireReal('sh').path);
  });
});
