/** An alphabet as tables, and what every codec here has. */

import { Arena } from '../../../bindings/arena.js';
import { DecodeError } from '../../../bindings/decode-error.js';
import { type BaseNKernel, baseNKernel } from '../../../bindings/kernels/codecs/base-n.js';
import { describe } from '../../../bindings/staging.js';

export interface BaseNOptions {
  /** Where the work is done. Default `Arena.default`. */
  arena?: Arena;
}

/** Bytes to text and back. */
export interface BaseCodec {
  /** As in errors, for example `base64url`. */
  readonly name: string;
  /** @throws TypeError when `bytes` is no Uint8Array; ArenaFullError */
  encode(bytes: Uint8Array, options?: BaseNOptions): string;
  /**
   * Strict: only what `encode` can give (and, where the codec says so, other spellings of its digits).
   *
   * @throws TypeError when `text` is no string; DecodeError, whose `offset` is the character that is wrong
   */
  decode(text: string, options?: BaseNOptions): Uint8Array<ArrayBuffer>;
}

const INVERSE_BYTES = 256;
/** Room for both tables. */
export const TABLES_BYTES = INVERSE_BYTES + 64;

export class Alphabet {
  readonly name: string;
  readonly digits: string;
  readonly #inverse = new Uint8Array(INVERSE_BYTES).fill(255);
  readonly #codes: Uint8Array;

  /** @param aliases other spellings, as pairs: `'aA'` reads a as A */
  constructor(name: string, digits: string, aliases: readonly string[] = []) {
    this.name = name;
    this.digits = digits;
    this.#codes = Uint8Array.from(digits, (digit) => digit.charCodeAt(0));
    this.#codes.forEach((code, digit) => {
      this.#inverse[code] = digit;
    });
    for (const pair of aliases) this.#inverse[pair.charCodeAt(0)] = digits.indexOf(pair[1] as string);
  }

  /** Copies the tables to `at`: the inverse, and behind it the alphabet. */
  put(arena: Arena, at: number): void {
    const u8 = arena.u8Until(at + TABLES_BYTES);
    u8.set(this.#inverse, at);
    u8.set(this.#codes, at + INVERSE_BYTES);
  }

  isDigit(code: number): boolean {
    return code < INVERSE_BYTES && this.#inverse[code] !== 255;
  }

  damaged(problem: string, offset: number): DecodeError {
    return new DecodeError(this.name, problem, offset);
  }

  /** A character that is no digit. */
  bad(text: string, offset: number): DecodeError {
    return this.damaged(
      `${JSON.stringify(String.fromCodePoint(text.codePointAt(offset) as number))} is no digit`,
      offset,
    );
  }
}

export function alphabetAt(tables: number): number {
  return tables + INVERSE_BYTES;
}

export function kernelOf(options: BaseNOptions): { arena: Arena; kernel: BaseNKernel } {
  const arena = options.arena ?? Arena.default;
  return { arena, kernel: arena.kernel(baseNKernel) };
}

export function checkText(text: unknown): asserts text is string {
  if (typeof text !== 'string') throw new TypeError(`Expected a string to decode, got ${describe(text)}`);
}
