-- Moves what waits to the dead letters, or away: entries that nobody has taken, delayed jobs, and then those that wait
-- behind another. In this order, so that of each ordering key the one in front goes first: put back in the order of the
-- dead letters they are in line as before.
-- KEYS: as in queue.lua. ARGV: most jobs to move, what to do with them (bury or drop), reason.
-- Answers the ids of the jobs that were moved; an empty one for each that has none.
local left, keep, reason, moved = tonumber(ARGV[1]), ARGV[2] == 'bury', ARGV[3], {}
local headless = {}

local function move(fields)
  local key = field(fields, 'key')
  if key and redis.call('HGET', HEADS, key) == field(fields, 'id') then
    redis.call('HDEL', HEADS, key)
    table.insert(headless, key)
  end
  if keep then
    set_field(fields, 'attempts', (tonumber(field(fields, 'attempt')) or 1) - 1)
    set_field(fields, 'reason', reason)
    set_field(fields, 'drained', '1')
    redis.call('XADD', DEAD, '*', unpack(fields))
  end
  table.insert(moved, field(fields, 'id') or '')
  left = left - 1
end

for _, name in ipairs({ 'high', 'normal', 'low' }) do
  if left > 0 then
    local lane = LANES[name]
    for _, entry in ipairs(redis.call('XRANGE', lane, '(' .. taken_until(name, lane), '+', 'COUNT', left)) do
      redis.call('XDEL', lane, entry[1])
      move(entry[2])
    end
  end
end
if left > 0 then
  for _, id in ipairs(redis.call('ZRANGE', DELAYED, 0, left - 1)) do
    local text = redis.call('HGET', DELAYED_JOBS, id)
    undelay(id)
    if text then
      move({ unpack(cjson.decode(text), 2) })
    end
  end
end
if left > 0 then
  for _, member in ipairs(redis.call('ZRANGE', ORDERED, 0, left - 1)) do
    local _, job = unwait(member)
    if job then
      move({ unpack(job, 2) })
    end
  end
end
-- Where jobs are left, a key must not be without one in front.
for _, key in ipairs(headless) do
  let_in(key)
end
return moved
