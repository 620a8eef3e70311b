// Entry for the edge VM: leaves the report's promise where the runner finds it.

import { run } from '../program.js';

globalThis.report = run().then(JSON.stringify);
