/** A failure that one line explains: a bad flag, a port that is taken. */
export class UsageError extends Error {
  readonly exitCode: number;

  /** @param exitCode 64 for a mistake on the command line, 69 for an address that cannot be had */
  constructor(message: string, exitCode = 64) {
    super(message);
    this.name = 'UsageError';
    this.exitCode = exitCode;
  }
}
