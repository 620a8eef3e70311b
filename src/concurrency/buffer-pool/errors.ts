/** What buffers fail with. */

import { AshlarError } from '../../../bindings/errors.js';

/** A buffer was used after it was given back. */
export class ReleasedBufferError extends AshlarError {
  constructor() {
    super('RELEASED', 'The buffer was given back: take another');
  }
}
