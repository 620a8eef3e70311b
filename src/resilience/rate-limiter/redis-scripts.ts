/**
 * The six algorithms as scripts for Redis: one call, one key, atomic. Lua 5.1, and of what Redis adds `redis.call`, `KEYS` and
 * `ARGV` only. Every key that is written expires when it is as if nobody had asked for it.
 *
 *     KEYS[1]   the key
 *     ARGV[1]   consume, peek, penalty, reward or block
 *     ARGV[2]   units
 *     ARGV[3]   milliseconds since the epoch, or nothing for the server's own time
 *     ARGV[4]   limit: units there are at most
 *     ARGV[5]   milliseconds of the window, or between two units
 *     ARGV[6]   milliseconds for which a key is blocked that is refused; 0 for none
 *     ARGV[7]   milliseconds of a block
 *
 * The reply: 1 or 0 for let through, units left, milliseconds to wait, −1 for never, milliseconds until all is there.
 *
 * What is kept: a string of numbers, the moment it was written first; "b", a moment and milliseconds for a key that is blocked;
 * a sorted set of moments for the log. Where the server's clock went back, moments that are to come count as now.
 */

import {
  FIXED_WINDOW,
  GCRA,
  LEAKY_BUCKET,
  LEAKY_QUEUE,
  SLIDING_COUNTER,
  SLIDING_LOG,
  TOKEN_BUCKET,
} from '../../../bindings/kernels/resilience/rate-limiter.js';

const HEAD = `
local key, op, cost = KEYS[1], ARGV[1], tonumber(ARGV[2])
local limit, period, punish = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local now = tonumber(ARGV[3])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
end
local HAIR = 0.000001
local function text(x) return string.format('%.17g', x) end
local function whole(x) return math.max(0, math.ceil(x - HAIR)) end
local function answer(allowed, remaining, retry, reset)
  if retry > 500000000000000 then retry = -1 else retry = whole(retry) end
  return {allowed and 1 or 0, math.max(0, math.floor(remaining + HAIR)), retry, whole(reset)}
end
local function block(ms)
  redis.call('SET', key, 'b ' .. text(now + ms) .. ' ' .. text(ms), 'PX', string.format('%.0f', math.ceil(ms)))
  return answer(false, 0, ms, ms)
end
local function keep(state, reset)
  if reset > 0 then redis.call('SET', key, state, 'PX', string.format('%.0f', math.ceil(reset)))
  else redis.call('DEL', key) end
end
`;

const BLOCKED = `
if op == 'block' then return block(tonumber(ARGV[7])) end
if raw and string.sub(raw, 1, 1) == 'b' then
  local ends, ms = string.match(raw, '^b (%S+) (%S+)$')
  local left = tonumber(ends) - now
  if left > tonumber(ms) then return block(tonumber(ms)) end
  if left > 0 then return answer(false, 0, left, left) end
  raw = false
  if op ~= 'peek' then redis.call('DEL', key) end
end
`;

const GET = `
local raw = redis.call('GET', key)
${BLOCKED}`;

/** After `used` is what is in use, and `most` what may be: what becomes of it. */
const COUNTED = `
if op == 'penalty' then used, cost = math.min(limit, used + cost), 1
elseif op == 'reward' then used, cost = math.max(0, used - cost), 1 end
`;

const PUNISH = `
if not allowed and op == 'consume' and cost <= limit and punish > 0 then return block(punish) end
`;

const bucket = (queue: boolean): string => `${HEAD}${GET}
local used, last, back = 0, now, false
if raw then
  local a, b = string.match(raw, '^(%S+) (%S+)$')
  last, used = tonumber(a), tonumber(b)
  if last > now then last, back = now, true end
  used = math.max(0, used - (now - last) / period)
end
${COUNTED}
${queue ? `local needed, most = used, HAIR` : `local needed, most = used + cost, limit + HAIR`}
local allowed = cost <= limit and (needed <= most or cost == 0)
${PUNISH}
if allowed and op == 'consume' then used = used + cost end
if back or op == 'penalty' or op == 'reward' or (allowed and op == 'consume') then
  keep(text(now) .. ' ' .. text(used), used * period)
end
local over = 0
if cost > limit then over = math.huge
elseif not allowed then over = ${queue ? 'used' : '(used + cost - limit)'} * period end
return answer(allowed, ${queue ? 'used <= HAIR and 1 or 0' : 'limit - used'}, over, used * period)
`;

const gcra = `${HEAD}${GET}
local tolerance, ahead, back = limit * period, 0, false
if raw then
  local a, b = string.match(raw, '^(%S+) (%S+)$')
  local last = tonumber(a)
  if last > now then last, back = now, true end
  ahead = math.max(0, tonumber(b) - (now - last))
end
if op == 'penalty' then ahead, cost = math.min(tolerance, ahead + cost * period), 1
elseif op == 'reward' then ahead, cost = math.max(0, ahead - cost * period), 1 end
local nextAhead = ahead + cost * period
local allowed = nextAhead <= tolerance + HAIR * period
${PUNISH}
if allowed and op == 'consume' then ahead = nextAhead end
if back or op == 'penalty' or op == 'reward' or (allowed and op == 'consume') then
  keep(text(now) .. ' ' .. text(ahead), ahead)
end
local over = 0
if cost > limit then over = math.huge elseif not allowed then over = nextAhead - tolerance end
return answer(allowed, (tolerance - ahead) / period, over, ahead)
`;

const fixedWindow = `${HEAD}${GET}
local began, used, back = now, 0, false
if raw then
  local a, b = string.match(raw, '^(%S+) (%S+)$')
  began, used = tonumber(a), tonumber(b)
  if began > now then began, back = now, true end
  if now - began >= period then began, used = now, 0 end
end
${COUNTED}
local allowed = used + cost <= limit
${PUNISH}
if allowed and op == 'consume' then used = used + cost end
local rest = 0
if used > 0 then rest = began + period - now end
if back or op == 'penalty' or op == 'reward' or (allowed and op == 'consume') then
  keep(text(began) .. ' ' .. text(used), rest)
end
local over = 0
if cost > limit then over = math.huge elseif not allowed then over = rest end
return answer(allowed, limit - used, over, rest)
`;

const slidingCounter = `${HEAD}${GET}
local began, before, current, back = now, 0, 0, false
if raw then
  local a, b, c = string.match(raw, '^(%S+) (%S+) (%S+)$')
  began, before, current = tonumber(a), tonumber(b), tonumber(c)
  if began > now then began, back = now, true end
  if now - began >= period then
    if now - began < 2 * period then before = current else before = 0 end
    current, began = 0, began + period
  end
  if before == 0 and current == 0 then began = now end
end
local passed = now - began
local seen = before * (1 - passed / period)
if op == 'penalty' then current, cost = math.min(math.max(current, math.floor(limit - seen)), current + cost), 1
elseif op == 'reward' then
  before, current, cost = math.max(0, before - math.max(0, cost - current)), math.max(0, current - cost), 1
end
seen = before * (1 - passed / period)
local allowed = seen + current + cost <= limit + HAIR
${PUNISH}
if allowed and op == 'consume' then current = current + cost end
local reset = 0
if current > 0 then reset = 2 * period - passed elseif before > 0 then reset = period - passed end
if back or op == 'penalty' or op == 'reward' or (allowed and op == 'consume') then
  keep(text(began) .. ' ' .. text(before) .. ' ' .. text(current), reset)
end
local over, room = 0, limit - cost - current
if cost > limit then over = math.huge
elseif not allowed and room >= 0 then over = period * (1 - room / before) - passed
elseif not allowed then over = period - passed + math.max(0, period * (1 - (limit - cost) / current)) end
return answer(allowed, limit - seen - current, over, reset)
`;

const slidingLog = `${HEAD}
local raw, kind = false, redis.call('TYPE', key)['ok']
if kind == 'string' then raw = redis.call('GET', key) end
if op == 'block' and kind == 'zset' then redis.call('DEL', key) end
${BLOCKED}
local function member(i) return text(now) .. ':' .. string.format('%09d', i) end
local count = 0
if kind == 'zset' then
  redis.call('ZREMRANGEBYSCORE', key, '-inf', text(now - period))
  local later = redis.call('ZCOUNT', key, '(' .. text(now), '+inf')
  if later > 0 then
    redis.call('ZREMRANGEBYSCORE', key, '(' .. text(now), '+inf')
    local there = redis.call('ZCOUNT', key, text(now), text(now))
    for i = 1, later do redis.call('ZADD', key, text(now), member(there + i)) end
    redis.call('PEXPIRE', key, string.format('%.0f', math.ceil(period)))
  end
  count = redis.call('ZCARD', key)
end
local taken = 0
if op == 'penalty' then taken, cost = math.min(cost, limit - count), 1
elseif op == 'reward' then
  if count > 0 and cost > 0 then redis.call('ZREMRANGEBYRANK', key, -math.min(cost, count), -1) end
  count, cost = count - math.min(cost, count), 1
end
local allowed = count + taken + cost <= limit
if not allowed and op == 'consume' and cost <= limit and punish > 0 then
  redis.call('DEL', key)
  return block(punish)
end
if allowed and op == 'consume' then taken = cost end
if taken > 0 then
  local there = redis.call('ZCOUNT', key, text(now), text(now))
  for i = 1, taken do redis.call('ZADD', key, text(now), member(there + i)) end
  redis.call('PEXPIRE', key, string.format('%.0f', math.ceil(period)))
  count = count + taken
end
local over = 0
if cost > limit then over = math.huge
elseif not allowed then
  local at = count + cost - limit - 1
  over = tonumber(redis.call('ZRANGE', key, at, at, 'WITHSCORES')[2]) + period - now
end
local reset = 0
if count > 0 then reset = tonumber(redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]) + period - now end
return answer(allowed, limit - count, over, reset)
`;

/** The script of each algorithm, by the kernel's number of it. */
export const SCRIPTS: Readonly<Record<number, string>> = {
  [TOKEN_BUCKET]: bucket(false),
  [LEAKY_BUCKET]: bucket(false),
  [LEAKY_QUEUE]: bucket(true),
  [FIXED_WINDOW]: fixedWindow,
  [SLIDING_COUNTER]: slidingCounter,
  [SLIDING_LOG]: slidingLog,
  [GCRA]: gcra,
};
