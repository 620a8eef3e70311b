/** Fast compression of what repeats itself. */

import { lz4 } from 'ashlar/codecs/lz4';

const log = Array.from({ length: 1000 }, (_, i) => `2026-11-21T10:${i % 60} GET /items/${i % 7} 200`).join('\n');
const bytes = new TextEncoder().encode(log);

const block = lz4.compress(bytes);
console.log(block.length < bytes.length / 3);

// A block does not say how long it was: keep that, or say what you would accept.
const back = lz4.decompress(block, bytes.length);
console.log(new TextDecoder().decode(back) === log);

try {
  lz4.decompress(block, 1000);
} catch (error) {
  console.log((error as Error).message.replace(/at \d+/, 'at …'));
}

// Prints:
// true
// true
// Not valid LZ4 at …: it holds more than 1000 bytes
