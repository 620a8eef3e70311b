/** Binding of kernel `codecs/frame-of-reference`: whole blocks of 128 integers. Nothing here throws. */

import { wasm } from '../../generated/codecs/frame-of-reference.wasm.js';
import { defineKernel } from '../../kernel.js';

/** Bytes of `scratch`. */
export const SCRATCH_BYTES = 1344;
/** Bytes an encoder may write beyond its data, and a decoder may read. */
export const SLACK_BYTES = 16;

type Encode = (
  values: number,
  blocks: number,
  signed: number,
  entries: number,
  offset: number,
  to: number,
  scratch: number,
) => number;

type Decode = (
  entries: number,
  blocks: number,
  data: number,
  offset: number,
  end: number,
  to: number,
  scratch: number,
) => number;

export interface FrameOfReferenceKernel {
  /** Address after the data. */
  encodeBlocks32: Encode;
  encodeBlocks64: Encode;
  /** How many blocks were well-formed. */
  decodeBlocks32: Decode;
  decodeBlocks64: Decode;
}

export const frameOfReferenceKernel = defineKernel<FrameOfReferenceKernel>('codecs/frame-of-reference', wasm);
