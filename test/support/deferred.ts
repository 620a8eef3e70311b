/** Work whose end the test decides. */

export interface DeferredCall {
  readonly args: readonly unknown[];
  resolve(value?: unknown): void;
  reject(error: unknown): void;
}

/** A function whose promises the test settles, and the calls of it so far. */
export function deferred<Args extends unknown[] = unknown[]>() {
  const calls: (DeferredCall & { readonly args: Args })[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: what it resolves with is the test's business.
  const fn = (...args: Args): Promise<any> =>
    new Promise((resolve, reject) => void calls.push({ args, resolve, reject }));
  /** Call `at`, which must have been made. */
  const call = (at: number) => {
    const made = calls[at];
    if (made === undefined) throw new Error(`there were ${calls.length} calls, not ${at + 1}`);
    return made;
  };
  return { calls, call, fn };
}
