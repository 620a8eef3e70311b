/** What a task is told besides its input. */

/** How a task learns that it is to stop: from shared memory, even in the middle of a loop that never waits. */
export interface Stops {
  stopped(slot: number, id: number): boolean;
}

export class TaskContext {
  /** The task's number within its pool; a retry has another. */
  readonly id: number;
  /** The name under which the function is served. */
  readonly name: string;
  /** What the pool was given as `workerData`. */
  readonly workerData: unknown;
  readonly #lane: Stops | undefined;
  readonly #slot: number;
  #controller: AbortController | undefined = undefined;
  #stopped = false;
  #reason: unknown = undefined;

  /** @internal */
  constructor(id: number, name: string, workerData: unknown, lane: Stops | undefined, slot: number) {
    this.id = id;
    this.name = name;
    this.workerData = workerData;
    this.#lane = lane;
    this.#slot = slot;
  }

  /** Aborts when nobody waits for the task any more. A loop that never waits does not hear it: see `aborted`. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#stopped) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Whether nobody waits any more. With shared memory it is up to date at any moment, else after each wait. */
  get aborted(): boolean {
    return this.#stopped || this.#lane?.stopped(this.#slot, this.id) === true;
  }

  /** Throws when nobody waits any more: for loops. */
  throwIfAborted(): void {
    if (!this.aborted) return;
    throw this.#reason ?? new DOMException('The task was aborted', 'AbortError');
  }

  /** @internal */
  stop(reason: unknown): void {
    this.#stopped = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}
