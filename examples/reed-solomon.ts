/** Any six of nine shards bring a file back. */

import { ReedSolomon, ShardBuffer } from 'ashlar/codecs/reed-solomon';

const codec = new ReedSolomon(6, 3);
const file = new TextEncoder().encode('the quick brown fox jumps over the lazy dog, again and again. '.repeat(100));

// Shards have one length: the last is padded with zeros.
const shardBytes = Math.ceil(file.length / 6);
const data = Array.from({ length: 6 }, (_, i) => {
  const shard = new Uint8Array(shardBytes);
  shard.set(file.subarray(i * shardBytes, (i + 1) * shardBytes));
  return shard;
});
const shards = codec.encode(data);
console.log(shards.length, 'shards,', codec.verify(shards));

// Three disks are lost.
const left = shards.map((shard, i) => (i === 0 || i === 4 || i === 7 ? undefined : shard));
const back = codec.reconstruct(left);
console.log(back.every((shard, i) => shard.every((byte, at) => byte === shards[i]?.[at])));

// Four are one too many.
try {
  codec.reconstruct(shards.map((shard, i) => (i < 4 ? undefined : shard)));
} catch (error) {
  console.log((error as Error).message);
}

// Shards in the arena are coded where they are.
const buffer = new ShardBuffer(9, shardBytes);
data.forEach((shard, i) => {
  buffer.shard(i).set(shard);
});
codec.encodeBuffer(buffer);
console.log(buffer.shard(8).every((byte, at) => byte === shards[8]?.[at]));
buffer.dispose();
codec.dispose();

// Prints:
// 9 shards, true
// true
// 5 shards are left, and 6 are needed to bring the others back
// true
