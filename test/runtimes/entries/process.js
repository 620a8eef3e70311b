// Entry for runtimes that are a command: prints the report as one JSON line on standard output.

import { run } from '../program.js';
import { exchange } from './exchange.js';

console.log(JSON.stringify(await run({ exchange })));
