/** A hash table that worker threads share. */

import { Arena } from '../../bindings/index.js';
import { SharedHashTable } from '../../src/structures/shared-hash-table/index.js';

/** What every worker begins with. */
export const TABLE_WORKER = `
  import { parentPort, workerData } from 'node:worker_threads';
  import { Arena } from './bindings/index.ts';
  import { SharedHashTable } from './src/structures/shared-hash-table/index.ts';
  import { seededRandom } from './test/support/random.ts';
  const arena = Arena.attach(workerData.shared);
  const table = SharedHashTable.open(arena, 'table');
  const random = seededRandom(workerData.seed);
  // A value from which one can tell whether it is whole.
  const value = (mark) => \`\${mark}:\`.repeat(1 + random.below(40));
  const whole = (text) => {
    const parts = text.split(':');
    return parts.pop() === '' && parts.every((part) => part === parts[0]) && parts[0];
  };
`;

/** A table in an arena of its own. */
export function sharedTable(segments = 4, maxBytes = 400_000) {
  const arena = new Arena({ shared: true, maxBytes: 4 << 20 });
  return { arena, table: new SharedHashTable({ arena, name: 'table', maxBytes, segments }) };
}
