/**
 * Rejections that nobody handles. The hook is what the language calls HostPromiseRejectionTracker; without one, such
 * rejections are silent.
 */

import { systemTimer, type Timer } from '../../ports/timer.js';

/** Told at once, within `reject` and `then`. It must not throw. */
export interface RejectionHook {
  /** A promise was rejected that has no handler; it may still get one. */
  rejected(promise: object, reason: unknown): void;
  /** A promise of which `rejected` was told got its first handler. */
  handled(promise: object): void;
}

export interface RejectionTracking {
  /** A promise has no handler although all that was going on has ended. */
  onUnhandled(reason: unknown, promise: object): void;
  /** A promise of which `onUnhandled` was told got a handler after all. */
  onHandled?(promise: object): void;
}

let hook: RejectionHook | undefined;

/** @internal */
export function currentHook(): RejectionHook | undefined {
  return hook;
}

/** Takes the place of the hook there was, in this thread; `undefined` for none. Returns the one there was. */
export function setRejectionHook(next: RejectionHook | undefined): RejectionHook | undefined {
  const before = hook;
  hook = next;
  return before;
}

/**
 * Hands rejections without a handler to the platform: it reports them as it does those of native promises (Node's
 * `unhandledRejection`, the browser's event), at the same moment, with a native promise in the place of ours. Returns what
 * ends that.
 */
export function reportToPlatform(): () => void {
  const carriers = new WeakMap<object, Promise<never>>();
  return install({
    rejected: (promise, reason) => void carriers.set(promise, Promise.reject(reason)),
    handled: (promise) => void carriers.get(promise)?.catch(() => undefined),
  });
}

/** Tells of rejections that have no handler when the timer next fires. Returns what ends that. */
export function trackRejections(tracking: RejectionTracking, timer: Timer = systemTimer): () => void {
  /** Rejected since the timer was set: bounded by what one turn of the event loop rejects. */
  let fresh = new Map<object, unknown>();
  const told = new WeakSet<object>();
  const tell = () => {
    const unhandled = fresh;
    fresh = new Map();
    for (const [promise, reason] of unhandled) {
      told.add(promise);
      tracking.onUnhandled(reason, promise);
    }
  };
  return install({
    rejected(promise, reason) {
      if (fresh.size === 0) timer.after(0, tell);
      fresh.set(promise, reason);
    },
    handled(promise) {
      fresh.delete(promise);
      if (told.delete(promise)) tracking.onHandled?.(promise);
    },
  });
}

function install(next: RejectionHook): () => void {
  const before = setRejectionHook(next);
  return () => {
    // One that was installed later stays.
    if (hook === next) hook = before;
  };
}
