/**
 * The real programs that some tests need: a Redis server, a browser.
 *
 * Where one is missing, its tests are skipped and say why. `ASHLAR_REQUIRE_REAL=1` makes that a failure instead,
 * so that a machine which should have everything cannot pass by having nothing.
 */

import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { describe, it } from 'vitest';

/** Either the program's path, or the reason why its tests are skipped. */
export type Real =
  | { readonly path: string; readonly skip?: undefined }
  | { readonly path?: undefined; readonly skip: string };

/**
 * Looks a program up on PATH.
 *
 * @param command for example `redis-server`
 * @throws when it is missing and `ASHLAR_REQUIRE_REAL=1`
 */
export function requireReal(command: string): Real {
  const path = find(command);
  if (path !== undefined) return { path };
  const skip = `${command} is not on PATH (scripts/install-real.sh installs it)`;
  if (process.env.ASHLAR_REQUIRE_REAL === '1') throw new Error(`${skip}, and ASHLAR_REQUIRE_REAL=1 demands it`);
  return { skip };
}

/** A test suite that others wrote, of test/judges: its exports, or why its tests are skipped. @throws as `requireReal` */
export function requireJudge<Exports>(name: string): { readonly judge: Exports } | { readonly skip: string } {
  try {
    return { judge: createRequire(join(import.meta.dirname, '../judges/package.json'))(name) as Exports };
  } catch (error) {
    if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND') throw error;
    const skip = `${name} is not installed in test/judges (scripts/install-real.sh installs it)`;
    if (process.env.ASHLAR_REQUIRE_REAL === '1') throw new Error(`${skip}, and ASHLAR_REQUIRE_REAL=1 demands it`);
    return { skip };
  }
}

/** `describe` for tests that need a real program; without it, one skipped test with the reason for its name. */
export function describeReal(command: string, title: string, body: (path: string) => void): void {
  const real = requireReal(command);
  if (real.skip === undefined) describe(title, () => body(real.path));
  else describe(title, () => it.skip(`needs ${real.skip}`, () => {}));
}

function find(command: string): string | undefined {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...postgresFolders()]) {
    const path = join(folder, command);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Where Debian puts the programs of PostgreSQL, beside PATH: the latest version first. */
function postgresFolders(): string[] {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return [];
  const versions = readdirSync(root).sort((one, other) => Number(other) - Number(one));
  return versions.map((version) => join(root, version, 'bin'));
}
