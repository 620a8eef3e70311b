/** A script: its name, what its first line says of it, and the function it was compiled to. */

import { sha1Hex } from './sha1.js';

export interface Script {
  readonly sha: string;
  /** It must not write. */
  readonly readOnly: boolean;
  /** It has a first line that says what it needs, and does not allow that memory is over its limit. */
  readonly needsMemory: boolean;
  /** By which number Lua keeps the function. */
  readonly reference: number;
}

/** A script that cannot be had: the message is for the client. */
export class ScriptError extends Error {}

const FLAGS: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'no-writes',
  'allow-oom',
  'allow-stale',
  'no-cluster',
  'allow-cross-slot-keys',
]);

/**
 * Reads a script's first line, where that is `#!lua flags=…`.
 *
 * @param compile turns code into the number of a function
 * @throws ScriptError for a first line that says what is not known
 */
export function scriptOf(text: string, compile: (code: string) => number): Script {
  const sha = sha1Hex(text);
  if (!text.startsWith('#!')) return { sha, readOnly: false, needsMemory: false, reference: compile(text) };
  const end = text.indexOf('\n');
  if (end < 0) throw new ScriptError('Invalid script shebang');
  const [engine = '', ...options] = text
    .slice(0, end)
    .split(' ')
    .filter((word) => word !== '');
  if (engine !== '#!lua') throw new ScriptError(`Unexpected engine in script shebang: ${engine}`);
  const flags = new Set(options.flatMap(flagsOf));
  // The line end stays, so that lines count as they are written.
  return {
    sha,
    readOnly: flags.has('no-writes'),
    needsMemory: !flags.has('allow-oom') && !flags.has('no-writes'),
    reference: compile(text.slice(end)),
  };
}

function flagsOf(option: string): string[] {
  if (!option.startsWith('flags=')) throw new ScriptError(`Unknown lua shebang option: ${option}`);
  const flags = option.slice('flags='.length).split(',');
  const unknown = flags.find((flag) => flag !== '' && !FLAGS.has(flag));
  if (unknown !== undefined) throw new ScriptError(`Unexpected flag in script shebang: ${unknown}`);
  return flags;
}
