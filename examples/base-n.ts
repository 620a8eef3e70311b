/** Bytes as text, and text refused where it is not what was written. */

import { base16Lower, base32Crockford, base58, base62, base64, base64Url } from 'ashlar/codecs/base-n';

const bytes = Uint8Array.of(0, 0xfb, 0xff, 0x42, 0x17);
for (const codec of [base16Lower, base32Crockford, base58, base62, base64, base64Url]) {
  const text = codec.encode(bytes);
  console.log(codec.name, text, codec.decode(text).join(' '));
}

for (const text of ['AP*/', 'AP', 'AB==']) {
  try {
    base64.decode(text);
  } catch (error) {
    console.log((error as Error).message);
  }
}

// Prints:
// base16 00fbff4217 0 251 255 66 23
// Crockford base32 03XZYGGQ 0 251 255 66 23
// base58 17SbdZg 0 251 255 66 23
// base62 04c7SSt 0 251 255 66 23
// base64 APv/Qhc= 0 251 255 66 23
// base64url APv_Qhc 0 251 255 66 23
// Not valid base64 at 2: "*" is no digit
// Not valid base64 at 2: 2 signs of padding are needed, 0 are there
// Not valid base64 at 1: the last digit has bits that belong to no byte
