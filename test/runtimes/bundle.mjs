// esbuild as every runtime and the sizes use it, with a proof that the package was bundled and not the repository.

import { build } from 'esbuild';

/** @param {import('esbuild').BuildOptions} options */
export async function bundle(options) {
  const result = await build({
    bundle: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
    metafile: true,
    ...options,
  });
  const strays = Object.keys(result.metafile.inputs).filter((file) => file.endsWith('.ts'));
  if (strays.length > 0) throw new Error(`bundled sources instead of the package: ${strays.join(', ')}`);
  return result;
}
