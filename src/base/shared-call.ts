/**
 * A call under way that several callers wait for. The signal of one ends that one's wait; when all who came have a
 * signal and all have gone, the call is aborted. Who came without a signal stays to the end.
 */

export class SharedCall<R> {
  /** Made when someone asks for the signal: most calls end without. */
  #controller: AbortController | undefined;
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
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  begin(promise: Promise<R>): void {
    this.#promise = promise;
  }

  /** The outcome; who awaits it without `join` or `enter` counts for nothing. */
  get outcome(): Promise<R> {
    return this.#promise as Promise<R>;
  }

  /** Waits for the outcome; rejects with exactly `signal.reason` when that comes first. */
  join(signal: AbortSignal | undefined): Promise<R> {
    const promise = this.#promise as Promise<R>;
    if (signal === undefined) {
      this.#stays = true;
      return promise;
    }
    this.enter();
    return new Promise<R>((resolve, reject) => {
      let waits = true;
      const done = () => {
        if (waits) signal.removeEventListener('abort', leave);
        waits = false;
      };
      const leave = () => {
        done();
        reject(signal.reason);
        this.leave(signal.reason);
      };
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

  /** One more waits, and will `leave` unless the outcome comes first. */
  enter(): void {
    this.#waiting++;
  }

  /** One waits no more; the last one's reason aborts the call. */
  leave(reason: unknown): void {
    if (--this.#waiting > 0 || this.#stays) return;
    this.#abandoned();
    this.abort(reason);
  }

  /** The call goes on, whoever leaves. */
  hold(): void {
    this.#stays = true;
  }

  /** Aborts the call, whoever waits. */
  abort(reason: unknown): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }
}
