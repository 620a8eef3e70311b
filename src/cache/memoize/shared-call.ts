/**
 * A call under way that several callers wait for. The signal of one ends that one's wait; when all who came have a
 * signal and all have gone, the call is aborted. Who came without a signal stays to the end.
 */

export class SharedCall<R> {
  readonly #controller = new AbortController();
  #promise: Promise<R> | undefined;
  #waiting = 0;
  #stays = false;
  readonly #abandoned: () => void;

  /** @param abandoned told when nobody waits any more, before the call is aborted */
  constructor(abandoned: () => void) {
    this.#abandoned = abandoned;
  }

  /** What the call is to be made with. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  begin(promise: Promise<R>): void {
    this.#promise = promise;
  }

  /** Waits for the outcome; rejects with exactly `signal.reason` when that comes first. */
  join(signal: AbortSignal | undefined): Promise<R> {
    const promise = this.#promise as Promise<R>;
    if (signal === undefined) {
      this.#stays = true;
      return promise;
    }
    this.#waiting++;
    return new Promise<R>((resolve, reject) => {
      const leave = () => {
        reject(signal.reason);
        signal.removeEventListener('abort', leave);
        if (--this.#waiting > 0 || this.#stays) return;
        this.#abandoned();
        this.#controller.abort(signal.reason);
      };
      const done = () => signal.removeEventListener('abort', leave);
      signal.addEventListener('abort', leave);
      promise.then(
        (value) => {
          done();
          resolve(value);
        },
        (error: unknown) => {
          done();
          reject(error);
        },
      );
      if (signal.aborted) leave();
    });
  }
}
