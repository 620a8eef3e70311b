// Entry for a web worker: gets compiled kernels from its page and posts the report back.

import { run } from '../program.js';

addEventListener('message', async ({ data }) => postMessage(JSON.stringify(await run({ modules: data }))));
