// Entry for a page that hands its compiled kernels to a web worker, where the program runs.

import { init } from 'ashlar';

const worker = new Worker(new URL('./web-worker.js', location.href), { type: 'module' });
worker.onmessage = ({ data }) => {
  globalThis.report = data;
};
worker.onerror = (event) => {
  globalThis.report = JSON.stringify({ checks: [{ name: 'the worker ran', error: String(event.message) }] });
};
init().then((modules) => worker.postMessage(modules));
