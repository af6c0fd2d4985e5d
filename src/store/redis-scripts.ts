/**
 * The Lua that runs within Redis. No script begins before another has ended, which makes each
 * method of the store atomic. All keys have the same hash tag, so that they are on one node of a
 * cluster; the version in it separates stores whose format differs.
 *
 * | key | type and content |
 * |---|---|
 * | `sessions` | sorted set: sessions by their last turn |
 * | `turn` | counter: the order of all uses, and the version of what is written |
 * | `session:ID` | hash: `usedAt`, `record`, and under `s`, `o`, `k` + key what the next three sort |
 * | `subjects:ID`, `owners:ID`, `kept:ID` | sorted sets: keys by their last turn |
 * | `due:ID` | sorted set: keys of subjects by when their first timer is due |
 */
import { createHash } from 'node:crypto'

/** The key that every script is given; all others have the same prefix. */
export const SESSIONS = 'sca-sandbox:{v1}:sessions'

export interface LuaScript {
  readonly lua: string
  readonly sha: string
}

/** ARGV has the time, the bounds, and then the parameters of a script. */
const PREAMBLE = `
local now, idle = tonumber(ARGV[1]), tonumber(ARGV[2])
local most = {
  session = tonumber(ARGV[3]), s = tonumber(ARGV[4]), o = tonumber(ARGV[5]), k = tonumber(ARGV[6])
}
local FIRST = 7
local SESSIONS = KEYS[1]
local ROOT = string.sub(SESSIONS, 1, -9)
local KINDS = { s = 'subjects', o = 'owners', k = 'kept' }
local NAMES = { s = 'subject', o = 'id', k = 'reference' }
local evicted = {}

local function report(kind, id)
  evicted[#evicted + 1] = kind
  evicted[#evicted + 1] = id
end
local function data(id) return ROOT .. 'session:' .. id end
local function order(kind, id) return ROOT .. KINDS[kind] .. ':' .. id end
local function due(id) return ROOT .. 'due:' .. id end
local function turn() return redis.call('INCR', ROOT .. 'turn') end
local function keys(id)
  return { data(id), order('s', id), order('o', id), order('k', id), due(id) }
end
local function oldest(set) return redis.call('ZRANGE', set, 0, 0)[1] end

local function drop(id)
  redis.call('UNLINK', unpack(keys(id)))
  return redis.call('ZREM', SESSIONS, id) == 1
end
local function isExpired(id)
  local usedAt = redis.call('HGET', data(id), 'usedAt')
  return not usedAt or now - tonumber(usedAt) >= idle
end
local function evict(id)
  if drop(id) then report('session', id) end
end
local function evictIdle()
  local id = oldest(SESSIONS)
  while id and isExpired(id) do
    evict(id)
    id = oldest(SESSIONS)
  end
end
-- Creates the session if there is none; it is now the most recently used.
local function use(id)
  if isExpired(id) then
    evict(id)
    evictIdle()
  end
  redis.call('HSET', data(id), 'usedAt', ARGV[1])
  redis.call('ZADD', SESSIONS, turn(), id)
  if redis.call('ZCARD', SESSIONS) > most.session then evict(oldest(SESSIONS)) end
end
local function get(id, kind, key)
  local value = redis.call('HGET', data(id), kind .. key)
  if value then redis.call('ZADD', order(kind, id), turn(), key) end
  return value
end
local function put(id, kind, key, value)
  local set = order(kind, id)
  redis.call('HSET', data(id), kind .. key, value)
  redis.call('ZADD', set, turn(), key)
  if redis.call('ZCARD', set) <= most[kind] then return end
  local last = redis.call('ZPOPMIN', set)[1]
  redis.call('HDEL', data(id), kind .. last)
  if kind == 's' then redis.call('ZREM', due(id), last) end
  report(NAMES[kind], id)
end
local function setDue(id, key, time)
  if time == '' then redis.call('ZREM', due(id), key)
  else redis.call('ZADD', due(id), time, key) end
end
local function firstDue(id) return redis.call('ZRANGE', due(id), 0, 0, 'WITHSCORES') end
-- Without replicas nobody evicts, so Redis does, a minute later than they would.
local function reply(id, result)
  local ttl = idle + 60000
  local living = id and keys(id) or {}
  living[#living + 1] = SESSIONS
  living[#living + 1] = ROOT .. 'turn'
  for _, key in ipairs(living) do redis.call('PEXPIRE', key, ttl) end
  return { evicted, result }
end
local function values(id, kind)
  local list = {}
  for _, key in ipairs(redis.call('ZRANGE', order(kind, id), 0, -1)) do
    list[#list + 1] = key
    list[#list + 1] = redis.call('HGET', data(id), kind .. key)
  end
  return list
end
`

function script(parameters: readonly string[], body: string): LuaScript {
  const named = parameters.map((name, index) => `local ${name} = ARGV[FIRST + ${index}]\n`)
  const lua = PREAMBLE + named.join('') + body
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}

/** Writes something: a Redis that accepts no writes still replies to PING. */
export const CHECK = script([], 'return reply(false, turn())')

export const USE = script(
  ['id'],
  `use(id)
return reply(id, { redis.call('HGET', data(id), 'record'), firstDue(id)[2] })`,
)

/** The subject whose timer is due first, and when. */
export const FIRST_DUE = script(
  ['id'],
  `local first = firstDue(id)
return reply(false, first[1] and first or false)`,
)

/** The session's record; does not count as a use. */
export const PEEK = script(
  ['id'],
  `evictIdle()
return reply(false, redis.call('HGET', data(id), 'record'))`,
)

/** Replaces the session's record if it is still the one that was read. */
export const CHANGE = script(
  ['id', 'expected', 'text'],
  `evictIdle()
local current = redis.call('HGET', data(id), 'record')
if (current or '') ~= expected then return reply(false, { 0, current }) end
use(id)
redis.call('HSET', data(id), 'record', text)
return reply(id, { 1, firstDue(id)[2] })`,
)

export const FIND = script(
  ['id', 'key'],
  `use(id)
return reply(id, get(id, 's', key))`,
)

/** Replaces a subject's record if it is still of the version that was read; ids follow. */
export const SWAP = script(
  ['id', 'key', 'version', 'text', 'time', 'subject'],
  `use(id)
local current = redis.call('HGET', data(id), 's' .. key)
local found = current and string.match(current, '^%d+') or ''
if found ~= version then return reply(id, { 0, current }) end
put(id, 's', key, turn() .. ' ' .. text)
setDue(id, key, time)
for index = FIRST + 6, #ARGV do put(id, 'o', ARGV[index], subject) end
return reply(id, { 1 })`,
)

export const OWNER = script(
  ['id', 'key'],
  `use(id)
return reply(id, get(id, 'o', key))`,
)

/** The response stored under a reference, or the lease of whoever is making it, or a new one. */
export const CLAIM = script(
  ['id', 'reference', 'time', 'expired'],
  `use(id)
local found = get(id, 'k', reference)
if found then
  local kind, mark = string.match(found, '^(%a+) (%S+)')
  if kind == 'kept' and tonumber(mark) > tonumber(time) then return reply(id, { kind, found }) end
  if kind == 'lease' and mark ~= expired then return reply(id, { kind, mark }) end
end
local lease = tostring(turn())
put(id, 'k', reference, 'lease ' .. lease)
return reply(id, { 'make', lease })`,
)

/** Replaces a lease by a response, or by nothing, unless the lease has been taken over. */
export const SETTLE = script(
  ['id', 'reference', 'lease', 'text'],
  `if redis.call('HGET', data(id), 'k' .. reference) ~= 'lease ' .. lease then
  return reply(false, 0)
end
if text ~= '' then
  redis.call('HSET', data(id), 'k' .. reference, text)
else
  redis.call('HDEL', data(id), 'k' .. reference)
  redis.call('ZREM', order('k', id), reference)
end
return reply(false, 1)`,
)

export const COUNT = script(
  [],
  `evictIdle()
return reply(false, redis.call('ZCARD', SESSIONS))`,
)

export const LIST = script(
  [],
  `evictIdle()
local list = {}
for _, id in ipairs(redis.call('ZRANGE', SESSIONS, 0, -1)) do
  local known = redis.call('HMGET', data(id), 'usedAt', 'record')
  list[#list + 1] = { id, known[1], known[2], redis.call('ZCARD', order('s', id)) }
end
return reply(false, list)`,
)

export const READ = script(
  ['id'],
  `evictIdle()
local known = redis.call('HMGET', data(id), 'usedAt', 'record')
if not known[1] then return reply(false, false) end
local all = { known[1], known[2], values(id, 's'), values(id, 'o'), values(id, 'k') }
return reply(false, all)`,
)

/** The record is followed by a list of threes: the kind of a value, its key, and the value. */
export const WRITE = script(
  ['id', 'record'],
  `drop(id)
use(id)
redis.call('HSET', data(id), 'record', record)
for index = FIRST + 2, #ARGV, 3 do
  local kind, value = ARGV[index], ARGV[index + 2]
  if kind == 's' then value = turn() .. ' ' .. value end
  if kind == 'd' then setDue(id, ARGV[index + 1], value)
  else put(id, kind, ARGV[index + 1], value) end
end
return reply(id, 1)`,
)

export const DELETE = script(['id'], 'return reply(false, drop(id) and 1 or 0)')

export const DELETE_ALL = script(
  [],
  `for _, id in ipairs(redis.call('ZRANGE', SESSIONS, 0, -1)) do drop(id) end
return reply(false, 1)`,
)
