// `npm start -- [flags]`: builds when needed, then runs `ashlar serve [flags]` in this process, so that signals reach it.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';

const main = resolve(import.meta.dirname, '../dist/default/src/cli/main.js');
if (!existsSync(main)) console.error('Compiling kernels and types: up to a minute, the first time only.');
build();
process.argv = [process.argv[0], main, 'serve', ...process.argv.slice(2)];
await import(pathToFileURL(main).href);
