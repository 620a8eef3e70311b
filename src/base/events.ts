/** Who is told what something does. Nobody is told anything, and nothing is made to be told, while nobody listens. */

export type Listener<D> = (detail: D) => void;

export class Events<M extends object> {
  readonly #listeners = new Map<keyof M, Set<Listener<never>>>();
  /** Whether anybody listens to anything. */
  active = false;

  /** Adds a listener; what comes back removes it. @throws TypeError */
  on<K extends keyof M>(event: K, listener: Listener<M[K]>): () => void {
    if (typeof listener !== 'function') throw new TypeError(`A listener must be a function, got ${typeof listener}`);
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    listeners.add(listener);
    this.active = true;
    return () => {
      listeners.delete(listener);
      this.active = [...this.#listeners.values()].some((each) => each.size > 0);
    };
  }

  /** Tells all who listen. What a listener throws is reported as uncaught, and changes nothing here. */
  emit<K extends keyof M>(event: K, detail: M[K]): void {
    const listeners = this.#listeners.get(event);
    if (listeners === undefined) return;
    for (const listener of [...listeners]) {
      try {
        (listener as Listener<M[K]>)(detail);
      } catch (thrown) {
        queueMicrotask(() => {
          throw thrown;
        });
      }
    }
  }
}
