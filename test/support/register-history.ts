/** Histories of what threads did to keys of one map: recorded by workers, judged key by key. */

import { expect } from 'vitest';
import { isLinearizable, type Operation } from './linearizable.js';

type Recorded = Operation<string, string | boolean | null | undefined> & { readonly key: string };

/**
 * A worker's program, after one that gives it `store` (with set, delete and getString), `random`, `arena`, `parentPort` and
 * `workerData` with `seed` and `tickets`: it posts what it did, and when by a clock that all threads share.
 */
export const RECORD_HISTORY = `
  const ticket = new Int32Array(workerData.tickets);
  const history = [];
  for (let step = 0; step < 1500; step++) {
    const key = 'key ' + random.below(12);
    const choice = random.next();
    const began = Atomics.add(ticket, 0, 1);
    let call = 'get';
    let answer;
    if (choice < 0.4) {
      call = \`\${workerData.seed}.\${step}\`;
      store.set(key, call);
    } else if (choice < 0.5) {
      call = 'delete';
      answer = store.delete(key);
    } else answer = store.getString(key) ?? null;
    history.push({ key, began, ended: Atomics.add(ticket, 0, 1), call, answer });
  }
  parentPort.postMessage(history);
  arena.dispose();
`;

/** Each key is a register, empty at first. */
const REGISTER = {
  initial: null as string | null,
  key: (state: string | null) => state ?? '',
  next: (state: string | null, call: string, answer: string | boolean | null | undefined) => {
    if (call === 'get') return answer === state ? state : undefined;
    if (call === 'delete') return answer === (state !== null) ? null : undefined;
    return call;
  },
};

/** Expects that some order explains what the threads saw, key by key. */
export function expectLinearizable(histories: readonly (readonly unknown[])[]): void {
  const all = histories.flat() as Recorded[];
  expect(all.length).toBeGreaterThan(0);
  for (const key of new Set(all.map((it) => it.key))) {
    const one = all.filter((it) => it.key === key);
    expect(isLinearizable(one, REGISTER), key).toBe(true);
    // The judge would see it: an answer that no order explains.
    const wrong = one.map((it, i) => (i === one.length >> 1 ? { ...it, call: 'get', answer: 'never stored' } : it));
    expect(isLinearizable(wrong, REGISTER)).toBe(false);
  }
}
