-- Moves what waits to the dead letters, or away: jobs that wait behind another, delayed ones, and entries that nobody
-- has taken. In this order, so that nothing follows into the place of what was moved.
-- KEYS: as in queue.lua. ARGV: most jobs to move, what to do with them (bury or drop), reason.
-- Answers how many were moved.
local left, keep, reason, moved = tonumber(ARGV[1]), ARGV[2] == 'bury', ARGV[3], 0

local function move(fields)
  if keep then
    set_field(fields, 'attempts', (tonumber(field(fields, 'attempt')) or 1) - 1)
    set_field(fields, 'reason', reason)
    set_field(fields, 'drained', '1')
    redis.call('XADD', DEAD, '*', unpack(fields))
  end
  moved, left = moved + 1, left - 1
end

if left > 0 then
  for _, member in ipairs(redis.call('ZRANGE', ORDERED, 0, left - 1)) do
    local _, job = unwait(member)
    if job then
      move({ unpack(job, 2) })
    end
  end
end
if left > 0 then
  for _, id in ipairs(redis.call('ZRANGE', DELAYED, 0, left - 1)) do
    local text = redis.call('HGET', DELAYED_JOBS, id)
    undelay(id)
    if text then
      local fields = { unpack(cjson.decode(text), 2) }
      move(fields)
      advance(fields)
    end
  end
end
for name, lane in pairs(LANES) do
  if left > 0 then
    for _, entry in ipairs(redis.call('XRANGE', lane, '(' .. taken_until(name, lane), '+', 'COUNT', left)) do
      redis.call('XDEL', lane, entry[1])
      move(entry[2])
      advance(entry[2])
    end
  end
end
return moved
