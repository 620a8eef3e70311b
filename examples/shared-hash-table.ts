/** Sessions that all threads look up and change. A worker attaches to what it is posted; here both sides are in one thread. */

import { Arena } from 'ashlar';
import { SharedHashTable, SharedTableFullError } from 'ashlar/structures/shared-hash-table';

using arena = new Arena({ shared: true, maxBytes: 2 * 1024 * 1024 });
const sessions = new SharedHashTable({ arena, name: 'sessions', maxBytes: 1024 * 1024, segments: 8 });

// In the worker: const arena = Arena.attach(workerData); const sessions = SharedHashTable.open(arena, 'sessions');
using attached = Arena.attach(arena.share());
const theirs = SharedHashTable.open(attached, 'sessions');

sessions.set('session:17', JSON.stringify({ user: 'ada' }));
theirs.set('session:18', JSON.stringify({ user: 'grace' }));
console.log(theirs.getString('session:17'), sessions.size);
console.log(sessions.delete('session:17'), theirs.has('session:17'));

try {
  sessions.set('session:19', new Uint8Array(500_000));
} catch (error) {
  console.log(error instanceof SharedTableFullError, sessions.size);
}

// Prints:
// {"user":"ada"} 2
// true false
// true 1
