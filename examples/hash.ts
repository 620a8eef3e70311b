/** Hash functions: one call for what you have, a hasher for what arrives in pieces. */

import { Crc32c, crc32c, murmur3x64_128, sipHash13, Xxh64, xxh64, xxh64Pair } from 'ashlar/codecs/hash';

// Strings are hashed as UTF-8, so a string and its bytes agree.
console.log(xxh64('hello').toString(16).padStart(16, '0'));
console.log(xxh64(new TextEncoder().encode('hello')) === xxh64('hello'));

// Without BigInt: two u32, high half first. A shard number needs no more.
const [high] = xxh64Pair('user:42');
console.log('shard', high % 16);

// What arrives in pieces is fed in pieces.
const checksum = new Crc32c();
for (const piece of ['123', '456', '789']) checksum.update(piece);
console.log(checksum.digest().toString(16), crc32c('123456789').toString(16));
checksum.dispose();

// A hasher can be copied half-way: hash a common prefix once.
const prefix = new Xxh64().update('https://example.org/');
const page = prefix.clone().update('index.html');
console.log(page.digest() === xxh64('https://example.org/index.html'));
page.dispose();
prefix.dispose();

// Keys that strangers choose want a secret key of your own.
console.log(sipHash13('a', new Uint8Array(16)) !== sipHash13('a', new Uint8Array(16).fill(1)));
console.log(murmur3x64_128('The quick brown fox jumps over the lazy dog').toString(16));

// Prints:
// 26c7827d889f6da3
// true
// shard 13
// e3069283 e3069283
// true
// true
// e34bbc7bbc071b6c7a433ca9c49a9347
