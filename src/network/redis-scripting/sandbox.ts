/**
 * The world of a script, in Lua: what Redis lets scripts see, and nothing else.
 *
 * The chunk gets a table of functions answered in TypeScript, and returns the environment of scripts, the table behind
 * it (where KEYS and ARGV are put), and the function that runs a script under its error handler.
 */
export const SANDBOX = `
local host = ...
local READONLY = 'Attempt to modify a readonly table'
local raw = {
  assert = assert, error = error, getmetatable = getmetatable, next = next, pcall = pcall, rawset = rawset,
  setmetatable = setmetatable, tostring = tostring, type = type, xpcall = xpcall, getinfo = debug.getinfo,
}
local error, type, getmetatable, setmetatable, rawset = raw.error, raw.type, raw.getmetatable, raw.setmetatable, raw.rawset

-- Tables that scripts cannot change: what they see is an empty one before it.
local behind = setmetatable({}, { __mode = 'k' })
local function readonly(fields, missing)
  local front = setmetatable({}, {
    __index = missing and setmetatable(fields, { __index = missing }) or fields,
    __newindex = function() error(READONLY, 2) end,
    __metatable = false,
  })
  behind[front] = fields
  return front
end

-- Globals.
local globals = {}
for _, name in raw.next, {
  '_VERSION', 'assert', 'collectgarbage', 'error', 'gcinfo', 'getmetatable', 'load', 'loadstring', 'rawequal',
  'select', 'setmetatable', 'tonumber', 'tostring', 'type', 'unpack', 'xpcall',
} do globals[name] = _G[name] end
local environment = readonly(globals, function(_, name)
  error("Script attempted to access nonexistent global variable '" .. raw.tostring(name) .. "'", 2)
end)
globals._G = environment

-- Walking a read-only table shows what is in it.
function globals.next(table, key) return raw.next(behind[table] or table, key) end
function globals.pairs(table)
  if type(table) ~= 'table' then error("bad argument #1 to 'pairs' (table expected, got " .. type(table) .. ')', 2) end
  return globals.next, table, nil
end
globals.ipairs = ipairs
function globals.rawget(table, key) return rawget(behind[table] or table, key) end
function globals.rawset(table, key, value)
  if behind[table] then error(READONLY, 0) end
  return rawset(table, key, value)
end

-- An error of a command is caught as its text.
local function caught(ok, problem, ...)
  if not ok and type(problem) == 'table' and type(problem.err) == 'string' then return false, problem.err end
  return ok, problem, ...
end
function globals.pcall(...) return caught(raw.pcall(...)) end

-- Strings have their methods by a metatable that scripts do not get.
getmetatable('').__metatable = false
globals.string = readonly(string)
local insert = table.insert
function table.insert(list, ...)
  if behind[list] then error(READONLY, 2) end
  return insert(list, ...)
end
globals.table = readonly(table)
globals.coroutine = readonly(coroutine)
math.randomseed(host.seed)
globals.math = readonly(math)
globals.bit = readonly(host.bit)

-- redis.*
local redis = {
  LOG_DEBUG = 0, LOG_VERBOSE = 1, LOG_NOTICE = 2, LOG_WARNING = 3,
  REPL_NONE = 0, REPL_AOF = 1, REPL_SLAVE = 2, REPL_REPLICA = 2, REPL_ALL = 3,
  REDIS_VERSION = host.version, REDIS_VERSION_NUM = host.version_number,
}
local function refuse(text) error({ err = 'ERR ' .. text }, 0) end
function redis.error_reply(...)
  local text, more = ...
  if type(text) ~= 'string' or more ~= nil then return { err = 'ERR wrong number or type of arguments' } end
  text = text:gsub('^-', '')
  return { err = text:find(' ', 1, true) and text or 'ERR ' .. text }
end
function redis.status_reply(...)
  local text, more = ...
  if type(text) ~= 'string' or more ~= nil then return { err = 'ERR wrong number or type of arguments' } end
  return { ok = text }
end
function redis.sha1hex(...)
  if select('#', ...) ~= 1 then refuse('wrong number of arguments') end
  return host.sha1hex(raw.tostring((...)))
end
function redis.log(...)
  if select('#', ...) < 2 then refuse('redis.log() requires two arguments or more.') end
  local level = ...
  if type(level) ~= 'number' then refuse('First argument must be a number (log level).') end
  if level < 0 or level > 3 then refuse('Invalid debug level.') end
  local words = { select(2, ...) }
  for i = 1, #words do words[i] = raw.tostring(words[i]) end
  host.log(level, table.concat(words, ' '))
end
function redis.setresp(...)
  if select('#', ...) ~= 1 then refuse('redis.setresp() requires one argument.') end
  local version = ...
  if version ~= 2 and version ~= 3 then refuse('RESP version must be 2 or 3.') end
  host.setresp(version)
end
function redis.set_repl(flags)
  if type(flags) ~= 'number' or flags < 0 or flags > 3 then
    refuse('Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.')
  end
end
function redis.replicate_commands() return true end
function redis.breakpoint() return false end
function redis.debug() end
function redis.acl_check_cmd(...)
  if select('#', ...) == 0 then refuse('Please specify at least one argument for this redis.acl_check_cmd() call') end
  if not host.known((...)) then refuse('Invalid command passed to redis.acl_check_cmd()') end
  return true
end
for name, field in raw.next, redis do
  if type(field) == 'function' then redis[name] = host.wrap(field) end
end
redis.call, redis.pcall = host.call, host.pcall
globals.redis = readonly(redis)

-- Where an error arose: the first line of a script on the way to it.
local function handler(problem)
  if type(problem) ~= 'table' then problem = { err = 'ERR ' .. raw.tostring(problem) } end
  if type(problem.err) ~= 'string' then problem = { err = 'ERR ' .. raw.tostring(problem) } end
  for level = 2, 100 do
    local place = raw.getinfo(level, 'Sl')
    if not place then break end
    if place.what ~= 'C' and place.what ~= 'tail' and place.source ~= '=ashlar' then
      problem.source, problem.line = place.source, place.currentline
      break
    end
  end
  return problem
end
local function run(script) return raw.xpcall(script, handler) end
return environment, globals, run
`;
