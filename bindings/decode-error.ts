/** `DecodeError`: bytes that claim to be of a format and are not, or not whole. */

import { AshlarError } from './errors.js';

export class DecodeError extends AshlarError {
  /** What the bytes were read as, for example `gorilla`. */
  readonly format: string;
  /** Where decoding stopped: a byte of the input, or a character where the input is text. */
  readonly offset: number;

  constructor(format: string, problem: string, offset: number) {
    super('DECODE_INVALID', `Not valid ${format} at ${offset}: ${problem}`);
    this.format = format;
    this.offset = offset;
  }
}
