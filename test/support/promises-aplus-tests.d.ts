/** The part of promises-aplus-tests that is used. */

declare module 'promises-aplus-tests' {
  /** Of mocha. */
  export interface Runner {
    on(event: 'pass', listener: () => void): void;
    on(event: 'fail', listener: (test: { fullTitle(): string }, error: Error) => void): void;
  }

  export default function run(
    adapter: object,
    options: { reporter: new (runner: Runner) => object },
    done: (error?: Error) => void,
  ): void;
}
