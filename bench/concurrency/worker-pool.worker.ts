/** The functions that pools of the benches run. */

import { serve, transfer } from '../../src/concurrency/worker-pool/worker/index.js';

export const tasks = serve({
  add: (n: number) => n + 1,
  touch(bytes: Uint8Array) {
    bytes[0] = ((bytes[0] as number) + 1) & 255;
    return transfer(bytes);
  },
});
