-- Puts jobs on a queue that have an ordering key, an idempotency key or a time before which they must not be taken.
-- KEYS: as in queue.lua, then the markers of idempotency keys. ARGV: how many jobs, how long a marker lasts in ms, then
-- per job: lane, due time in ms or 0, number of the marker among KEYS or 0, number of fields and values, those.
-- Answers per job: queued, waiting (behind another of its ordering key), delayed, known (it is here already), or
-- absorbed (another job has its idempotency key).
local count, lasts, now = tonumber(ARGV[1]), ARGV[2], now_ms()

local function put(lane, due, marker, fields)
  local id, key = field(fields, 'id'), field(fields, 'key')
  if marker then
    local named = redis.call('GET', marker)
    if named and named ~= id then
      return 'absorbed'
    end
    redis.call('SET', marker, id, 'PX', lasts)
  end
  if key and is_lined_up(key, id) then
    return 'known'
  end
  local delayed = redis.call('HGET', DELAYED_JOBS, id)
  if delayed and field({ unpack(cjson.decode(delayed), 2) }, 'attempt') then
    return 'known' -- It was tried and comes again by itself.
  end
  if due > now then
    set_field(fields, 'due', tostring(due)) -- It holds for a dead letter that is put back, too.
    delay(lane, fields, due)
    return 'delayed'
  end
  if delayed then
    undelay(id)
  end
  return admit(lane, fields)
end

local answers, at = {}, 3
for n = 1, count do
  local lane, due = ARGV[at], tonumber(ARGV[at + 1])
  local marker, width = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local fields = {}
  for i = 1, width do
    fields[i] = ARGV[at + 3 + i]
  end
  answers[n] = put(lane, due, marker > 0 and KEYS[13 + marker], fields)
  at = at + 4 + width
end
return answers
