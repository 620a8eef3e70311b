// Entry for a browser page: leaves the report where the runner polls for it. Kernels also load by URL there.

import { run } from '../program.js';

run({ wasmUrl: (kernel) => new URL(`/package/dist/wasm/${kernel}.wasm`, location.href) }).then(
  (report) => {
    globalThis.report = JSON.stringify(report);
  },
  (error) => {
    globalThis.report = JSON.stringify({ checks: [{ name: 'the program ran', error: String(error?.stack) }] });
  },
);
