// Kernel `codecs/base-n`: bytes as text. Digits are ASCII; alphabets and their inverses are tables of the caller's:
// an alphabet has a character a digit, an inverse a digit for each of 256 bytes, 255 for what is no digit.

export { decodeBits, encodeBits } from './bits';
export { decodePositional, encodePositional } from './positional';
