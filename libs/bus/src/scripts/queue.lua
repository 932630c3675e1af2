-- What scripts of queues need. KEYS: a stream, the dead letters, then every key of the queue, in this order. Event
-- streams share some scripts and have only the first two.

local STREAM, DEAD = KEYS[1], KEYS[2]
local LANES = { high = KEYS[3], normal = KEYS[4], low = KEYS[5] }
local DELAYED, DELAYED_JOBS = KEYS[6], KEYS[7]
local ORDERED, ORDERED_JOBS, HEADS, ARRIVALS = KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local PAUSED, FILLING = KEYS[12], KEYS[13]

-- Where the readers of a paused queue are: behind everything that can ever come.
local NOWHERE = '18446744073709551615-18446744073709551615'

local function lane_of(priority)
  local number = tonumber(priority or 5) or 5
  if number >= 8 then
    return 'high'
  end
  return number >= 4 and 'normal' or 'low'
end

local function is_paused()
  return PAUSED and redis.call('EXISTS', PAUSED) == 1
end

-- The groups of a stream; none if there is no stream.
local function groups_of(stream)
  local groups = redis.pcall('XINFO', 'GROUPS', stream)
  if groups.err then
    return {}
  end
  return groups
end

local function cursor_name(lane, group)
  return 'cursor:' .. lane .. ':' .. group
end

-- Up to which entry of a lane everything was taken, also while paused.
local function taken_until(name, lane)
  local group = groups_of(lane)[1]
  if not group then
    return '0-0'
  end
  local last = field(group, 'last-delivered-id')
  if last == NOWHERE then
    return redis.call('HGET', PAUSED, cursor_name(name, field(group, 'name'))) or '0-0'
  end
  return last
end

local function delay(lane, fields, due)
  local id = field(fields, 'id')
  redis.call('ZADD', DELAYED, due, id)
  redis.call('HSET', DELAYED_JOBS, id, cjson.encode({ lane, unpack(fields) }))
end

local function undelay(id)
  redis.call('ZREM', DELAYED, id)
  redis.call('HDEL', DELAYED_JOBS, id)
end

-- Whether a job of an ordering key is in front of that or waits behind the one that is.
local function is_lined_up(key, id)
  return redis.call('HGET', HEADS, key) == id or redis.call('HEXISTS', ORDERED_JOBS, id) == 1
end

-- Whether the queue is being filled from the record. Until that is done nobody new comes in front of an ordering key: an older
-- job may be on its way.
local function is_filling()
  return redis.call('EXISTS', FILLING) == 1
end

-- Lets a job into its lane, unless another of its ordering key is in front, or may come to be: then it waits in order of
-- creation.
local function admit(lane, fields)
  local key, id = field(fields, 'key'), field(fields, 'id')
  if key and id then
    local head = redis.call('HGET', HEADS, key)
    if head and head ~= id or not head and is_filling() then
      if redis.call('HEXISTS', ORDERED_JOBS, id) == 0 then
        local arrival = string.format('%016d', redis.call('INCR', ARRIVALS))
        local created = field(fields, 'created_at') or ''
        local member = #key .. ':' .. key .. '|' .. created .. '|' .. arrival .. '|' .. id
        redis.call('ZADD', ORDERED, 0, member)
        redis.call('HSET', ORDERED_JOBS, id, cjson.encode({ lane, unpack(fields) }))
      end
      return 'waiting'
    end
    redis.call('HSET', HEADS, key, id)
  end
  redis.call('XADD', LANES[lane] or LANES.normal, '*', unpack(fields))
  return 'queued'
end

-- Takes a job out of those that wait behind another.
local function unwait(member)
  local id = string.match(member, '([^|]*)$')
  local text = redis.call('HGET', ORDERED_JOBS, id)
  redis.call('ZREM', ORDERED, member)
  redis.call('HDEL', ORDERED_JOBS, id)
  return id, text and cjson.decode(text)
end

-- Lets the next job of an ordering key that has none in front into its lane.
local function let_in(key)
  if is_filling() then
    return -- When that is done all are let in.
  end
  local prefix = #key .. ':' .. key
  local from, to = '[' .. prefix .. '|', '(' .. prefix .. '}'
  local member = redis.call('ZRANGE', ORDERED, from, to, 'BYLEX', 'LIMIT', 0, 1)[1]
  while member do
    local _, job = unwait(member)
    if job then
      admit(job[1], { unpack(job, 2) })
      return
    end
    member = redis.call('ZRANGE', ORDERED, from, to, 'BYLEX', 'LIMIT', 0, 1)[1]
  end
end

-- The queue is filled, or whoever did that has given up: of every ordering key that has none in front the first is let in.
local function filled()
  redis.call('DEL', FILLING)
  local member = redis.call('ZRANGE', ORDERED, 0, 0)[1]
  while member do
    local width, rest = string.match(member, '^(%d+):(.*)$')
    local key = string.sub(rest, 1, tonumber(width))
    if not redis.call('HGET', HEADS, key) then
      let_in(key)
    end
    local behind = '[' .. width .. ':' .. key .. '}'
    member = redis.call('ZRANGE', ORDERED, behind, '+', 'BYLEX', 'LIMIT', 0, 1)[1]
  end
end

-- The job in front of an ordering key is settled: the next one follows it into its lane.
local function advance(fields)
  if not HEADS then
    return
  end
  local key = field(fields, 'key')
  if key and redis.call('HGET', HEADS, key) == field(fields, 'id') then
    redis.call('HDEL', HEADS, key)
    let_in(key)
  end
end

-- Gives up the oldest dead letters beyond so many, a few at a time, up to the first that was drained: on record that job is
-- set aside, and its letter alone puts it back.
local function trim(dead)
  for _ = 1, math.min(redis.call('XLEN', dead) - 100000, 200) do
    local oldest = redis.call('XRANGE', dead, '-', '+', 'COUNT', 1)[1]
    if not oldest or field(oldest[2], 'drained') then
      return
    end
    redis.call('XDEL', dead, oldest[1])
  end
end

-- Moves an entry to the dead letters, of which the latest 100,000 are kept, and what was drained.
local function bury(stream, dead, group, id, fields, attempts, reason, delete)
  set_field(fields, 'attempts', attempts)
  set_field(fields, 'reason', reason)
  set_field(fields, 'group', group)
  set_field(fields, 'entry', id)
  redis.call('XADD', dead, '*', unpack(fields))
  trim(dead)
  settle(stream, group, id, delete)
  advance(fields)
end

