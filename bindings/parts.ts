/** Answers that come in pieces, as one array. */

export function joinedBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return putTogether(new Uint8Array(lengthOf(parts)), parts);
}

/** One piece is the answer itself. */
export function joinedWords(parts: readonly Uint32Array<ArrayBuffer>[]): Uint32Array<ArrayBuffer> {
  return parts.length === 1
    ? (parts[0] as Uint32Array<ArrayBuffer>)
    : putTogether(new Uint32Array(lengthOf(parts)), parts);
}

function lengthOf(parts: readonly { readonly length: number }[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function putTogether<Whole extends Uint8Array | Uint32Array>(whole: Whole, parts: readonly ArrayLike<number>[]): Whole {
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
