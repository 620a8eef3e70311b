// Names of options and commands as upper-cased, zero-padded u64: comparing one is comparing a number.

import { argAt, argLength, Engine } from './engine';

export const OPTION_EX: u64 = 0x5845;
export const OPTION_PX: u64 = 0x5850;
export const OPTION_EXAT: u64 = 0x54415845;
export const OPTION_PXAT: u64 = 0x54415850;
export const OPTION_NX: u64 = 0x584e;
export const OPTION_XX: u64 = 0x5858;
export const OPTION_KEEPTTL: u64 = 0x4c54545045454b;
export const OPTION_GET: u64 = 0x544547;
export const OPTION_PERSIST: u64 = 0x54534953524550;
export const OPTION_GT: u64 = 0x5447;
export const OPTION_LT: u64 = 0x544c;
export const OPTION_REPLACE: u64 = 0x4543414c504552;
export const OPTION_DB: u64 = 0x4244;
export const OPTION_MATCH: u64 = 0x484354414d;
export const OPTION_COUNT: u64 = 0x544e554f43;
export const OPTION_TYPE: u64 = 0x45505954;

/** The first eight bytes of an argument as a name; 0 when it is longer than that or empty. */
export function optionAt(engine: Engine, index: u32): u64 {
  const length = argLength(engine, index);
  return length > 8 ? 0 : nameWord(argAt(engine, index), length);
}

/** Up to eight letters at `from`, upper-cased. Input buffers have slack, so that eight bytes can always be read. */
// @ts-ignore: decorator
@inline
export function nameWord(from: usize, length: u32): u64 {
  if (length == 0) return 0;
  return load<u64>(from) & 0xdfdf_dfdf_dfdf_dfdf & (~(<u64>0) >> (64 - (<u64>length << 3)));
}
