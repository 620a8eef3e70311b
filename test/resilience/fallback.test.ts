import { describe, expect, it } from 'vitest';
import { fallback } from '../../src/resilience/fallback/index.js';
import { reasonOf } from '../support/signals.js';

const fail = () => Promise.reject(new Error('down'));

describe('fallback', () => {
  it('gives a value, or what a function makes of the error, where a call failed', async () => {
    expect(await fallback('instead').execute(fail)).toBe('instead');
    const made = fallback(async (error, { attempt }) => `${(error as Error).message} ${attempt}`);
    expect(await made.execute(fail)).toBe('down 1');
    expect(await made.execute(() => 'fine')).toBe('fine');
    const thrown = made.execute(() => {
      throw new Error('at once');
    });
    expect(await thrown).toBe('at once 1');
  });

  it('handles the errors and results it is told to', async () => {
    const policy = fallback('instead', {
      handleIf: (error) => (error as Error).message === 'down',
      handleIfResult: (value) => value === undefined,
    });
    const events: unknown[] = [];
    const stop = policy.on('fallback', (event) => events.push(event));
    expect(await policy.execute(fail)).toBe('instead');
    expect(await reasonOf(policy.execute(() => Promise.reject(new Error('other'))))).toMatchObject({
      message: 'other',
    });
    expect(await policy.execute(async () => undefined)).toBe('instead');
    expect(events).toEqual([{ error: new Error('down') }, { value: undefined }]);
    stop();
    await policy.execute(fail);
    expect(events.length).toBe(2);
  });

  it('does not stand in for a call that was aborted, unless told to', async () => {
    const run = (policy: ReturnType<typeof fallback>) => {
      const controller = new AbortController();
      return policy.execute(
        ({ signal }) => {
          controller.abort('gone');
          throw signal.reason;
        },
        { signal: controller.signal },
      );
    };
    expect(await reasonOf(run(fallback('instead')))).toBe('gone');
    expect(await run(fallback('instead', { handleIf: () => true }))).toBe('instead');
  });

  it('throws what its function throws, and refuses options that cannot be', async () => {
    const policy = fallback(() => {
      throw new Error('of the fallback');
    });
    expect(await reasonOf(policy.execute(fail))).toMatchObject({ message: 'of the fallback' });
    expect(() => fallback(1, { handleIf: 1 as never })).toThrow('handleIf must be a function, got number');
  });
});
