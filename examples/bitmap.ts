/** Bitmaps as the answers of a search: which documents have this tag and that, and not the other. */

import { Bitmap } from 'ashlar/structures/bitmap';

// Ids of documents, by tag.
const red = Bitmap.from([1, 2, 3, 8, 70_000, 4_000_000_000]);
const large = Bitmap.from(Uint32Array.of(2, 3, 5, 8, 4_000_000_000));
const sold = new Bitmap();
sold.addRange(3, 6);

using found = Bitmap.and(red, large).andNot(sold);
console.log([...found].join(' '));
console.log(red.andCount(large), red.orCount(large), red.jaccard(large).toFixed(3));
console.log(found.isSubsetOf(red), found.intersects(sold));

// Pages of results: by index, or on from where the last page ended.
console.log(found.at(0), found.at(-1), found.rankOf(4_000_000_000));
console.log([...red.values({ from: 8, reverse: true })].join(' '));

// A million in a row are one run each 65 536 of them.
const everyone = new Bitmap();
console.log(everyone.addRange(0, 1_000_000));
everyone.remove(500_000);
console.log(everyone.countRange(499_990, 500_010), everyone.hasRange(0, 500_000));
const { size, runs, portableBytes } = everyone.stats();
console.log(size, runs, portableBytes);

// The bytes that CRoaring, Java's, Go's and Rust's Roaring bitmaps read and write.
console.log(Buffer.from(Bitmap.from([1, 2, 3]).toPortable()).toString('hex'));
const bytes = Buffer.from('3b300000010000090001000a000900', 'hex');
console.log([...Bitmap.fromPortable(bytes)].join(' '));
try {
  Bitmap.fromPortable(bytes.subarray(0, 12));
} catch (error) {
  console.log((error as Error).message);
}

// Prints:
// 2 8 4000000000
// 4 7 0.571
// true false
// 2 4000000000 2
// 8 3 2 1
// 1000000
// 19 true
// 999999 16 234
// 3a300000010000000000020010000000010002000300
// 10 11 12 13 14 15 16 17 18 19
// Not valid roaring at 12: the bytes end before the bitmap does
