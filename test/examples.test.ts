/** Runs every program of examples/: each must end without an error and print what its last comment says. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';

const folder = join(import.meta.dirname, '../examples');
const examples = readdirSync(folder).filter((file) => file.endsWith('.ts'));

describe('examples', () => {
  afterEach(() => vi.restoreAllMocks());

  it.each(examples)('%s runs and prints what it says', async (file) => {
    const printed: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((...args: unknown[]) => {
      printed.push(...format(...args).split('\n'));
    });
    await import(pathToFileURL(join(folder, file)).href);
    const promised = promisedOutput(readFileSync(join(folder, file), 'utf8'));
    expect(printed).toEqual(promised);
  });
});

/** The lines of the closing comment `// Prints:`. */
function promisedOutput(source: string): string[] {
  const at = source.lastIndexOf('\n// Prints:\n');
  if (at < 0) throw new Error('The example must end with a comment "// Prints:" and the lines it prints');
  const lines = source.slice(at).trim().split('\n').slice(1);
  return lines.map((line) => line.replace(/^\/\/ ?/, ''));
}
