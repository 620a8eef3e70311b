/** Errors a caller may want to tell apart. Each has a stable `code` and structured fields. */

/** Root of every operating failure. Misuse (a wrong type, a value out of range) throws TypeError or RangeError instead. */
export class AshlarError extends Error {
  /** Stable, upper-case identifier, for example `ARENA_FULL`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A byte budget is exhausted. The structure that asked is unchanged. */
export class ArenaFullError extends AshlarError {
  /** Bytes the failed request asked for; 0 when the kernel could not tell. */
  readonly requestedBytes: number;
  readonly bytesUsed: number;
  readonly maxBytes: number;

  constructor(arena: { name: string; bytesUsed: number; maxBytes: number }, what: string, requestedBytes = 0) {
    const asked = requestedBytes > 0 ? ` (${requestedBytes} bytes)` : '';
    super(
      'ARENA_FULL',
      `Arena "${arena.name}" is full: ${what}${asked} does not fit; ${arena.bytesUsed} of ${arena.maxBytes} bytes are in use. The structure is unchanged.`,
    );
    this.requestedBytes = requestedBytes;
    this.bytesUsed = arena.bytesUsed;
    this.maxBytes = arena.maxBytes;
  }
}

/** Bytes that claim to be a snapshot are not one, or not whole. */
export class SnapshotError extends AshlarError {
  constructor(message: string, options?: ErrorOptions) {
    super('SNAPSHOT_INVALID', message, options);
  }
}

/** A handle or an arena was used after `dispose()`. */
export class DisposedError extends AshlarError {
  constructor(what: string) {
    super('DISPOSED', `${what} was used after dispose().`);
  }
}

/** A name in an arena is missing, taken, or belongs to another kind of structure. */
export class NameError extends AshlarError {
  constructor(message: string) {
    super('ARENA_NAME', message);
  }
}
