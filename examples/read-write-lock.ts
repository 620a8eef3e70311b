/** Readers together, a writer alone; a reader who becomes the writer; and a configuration that is replaced while it is read. */

import { Rcu, ReadWriteLock, SeqLock } from 'ashlar/concurrency/read-write-lock';

const lock = new ReadWriteLock({ preference: 'fair' });
const [a, b] = await Promise.all([lock.read(), lock.read()]);
console.log('readers', lock.readers);
const upgraded = a.upgrade();
await b.upgrade().catch((error) => console.log(error.code));
b.release();
const writer = await upgraded;
console.log('writing', lock.writing);
const reader = writer.downgrade();
console.log('writing', lock.writing, 'readers', lock.readers);
reader.release();

const config = new Rcu({ version: 1 }, { onRetire: ({ version }) => console.log('retired', version) });
const snapshot = config.read();
await config.update(({ version }) => ({ version: version + 1 }));
console.log('reads', snapshot.value.version, 'published', config.current.version);
snapshot.release();

const pair = { left: 0, right: 0 };
const seq = new SeqLock();
const read = seq.read(async () => {
  const { left } = pair;
  await Promise.resolve();
  return left === pair.right;
});
await seq.write(async () => {
  pair.left = 1;
  await Promise.resolve();
  pair.right = 1;
});
console.log('consistent', await read);

// Prints:
// readers 2
// UPGRADE_CONFLICT
// writing true
// writing false readers 1
// reads 1 published 2
// retired 1
// consistent true
