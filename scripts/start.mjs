// `npm start -- [flags]`: builds when needed, then runs `ashlar serve [flags]` in this process, so that signals reach it.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';

const main = resolve(import.meta.dirname, '../dist/default/src/cli/main.js');
build();
process.argv = [process.argv[0], main, 'serve', ...process.argv.slice(2)];
await import(pathToFileURL(main).href);
