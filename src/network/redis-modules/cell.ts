/** CL.THROTTLE: the rate limiter of the Redis module redis-cell. A key holds one moment, as redis-cell keeps it. */

import { throttle, throttleSeconds } from '../../resilience/rate-limiter/gcra-arithmetic.js';
import { type CommandContext, OUT_OF_MEMORY, WRONG_TYPE } from '../resp/commands/context.js';
import type { RedisModule } from '../resp/commands/table.js';
import { commandsOf, execute } from './module.js';

const MILLISECOND_NS = 1_000_000n;
const USAGE = 'ERR Usage: CL.THROTTLE <key> <max_burst> <count per period> <period> [<quantity>]';
const TOO_LARGE = 'ERR Cell error: the quota and the quantity need more than 64 bits of nanoseconds';

/** CL.THROTTLE key max_burst count period [quantity] */
function throttleKey(context: CommandContext): void {
  const { args, reply, server } = context;
  if (args.length > 6) return reply.error(USAGE);
  const key = args.text(1);
  const numbers: bigint[] = [];
  for (let i = 2; i < args.length; i++) {
    const text = args.head(i, 32);
    if (!/^[+-]?\d{1,19}$/.test(text)) return reply.error(`ERR Cell error: invalid integer '${text}'`);
    numbers.push(BigInt(text));
  }
  const [maxBurst = 0n, count = 0n, periodSeconds = 0n, quantity = 1n] = numbers;
  const least = [0n, 1n, 1n, 0n];
  if (numbers.some((number, i) => number < (least[i] as bigint)))
    return reply.error('ERR Cell error: a number is too small');

  const kept = arrivalOf(execute(context, ['GET', key]));
  if (typeof kept === 'string') return reply.error(kept);
  const nowNs = BigInt(Math.floor(server.now())) * MILLISECOND_NS;
  const answer = answerTo({ maxBurst, count, periodSeconds }, kept, nowNs, quantity);
  if (answer === undefined) return reply.error(TOO_LARGE);
  if (answer.arrivalNs !== undefined && quantity > 0n) {
    // Once all is there again, no key says the same.
    const lifeMs = (answer.resetAfterNs + MILLISECOND_NS - 1n) / MILLISECOND_NS;
    const stored = execute(context, ['SET', key, String(answer.arrivalNs), 'PX', String(lifeMs < 1n ? 1n : lifeMs)]);
    if (stored.startsWith('-')) return reply.error(stored.slice(1, -2));
  }
  reply.array(5);
  reply.integer(answer.limited ? 1 : 0);
  for (const value of [answer.limit, answer.remaining]) reply.integer(value);
  for (const ns of [answer.retryAfterNs, answer.resetAfterNs]) reply.integer(throttleSeconds(ns));
}

function answerTo(...question: Parameters<typeof throttle>): ReturnType<typeof throttle> | undefined {
  try {
    return throttle(...question);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The moment a key holds, nothing for no key, or what is wrong with it. */
function arrivalOf(reply: string): bigint | undefined | string {
  if (reply.startsWith('$-1')) return undefined;
  if (reply.startsWith('-')) return reply.startsWith('-OOM') ? OUT_OF_MEMORY : WRONG_TYPE;
  const text = reply.slice(reply.indexOf('\r\n') + 2, -2);
  return /^-?\d{1,19}$/.test(text) ? BigInt(text) : 'ERR Cell error: the key holds something that is no moment';
}

/** The rate limiter of redis-cell. */
export const cellModule: RedisModule = {
  name: 'redis-cell',
  version: 400,
  commands: commandsOf('cell', '4.0.0', [
    {
      name: 'cl.throttle',
      arity: -5,
      flags: 'write denyoom fast',
      complexity: 'O(1)',
      summary: 'Takes of a limit, and tells what is left of it and when there is more.',
      run: throttleKey,
    },
  ]),
};
