-- Shows what lies in one place of a queue, the oldest or the next first. Changes nothing.
-- KEYS: as in queue.lua. ARGV: high, normal, low, delayed or ordered; how many.
-- Answers a list of {entry, due in ms or -1, holder or empty, ms since the holder was heard of, deliveries, fields}.
local place, limit, shown = ARGV[1], tonumber(ARGV[2]), {}
local lane = LANES[place]
if limit <= 0 then
  return shown
end
if lane then
  local group = groups_of(lane)[1]
  for _, entry in ipairs(redis.call('XRANGE', lane, '-', '+', 'COUNT', limit)) do
    local held = group and redis.call('XPENDING', lane, field(group, 'name'), entry[1], entry[1], 1)[1]
    held = held or { '', '', 0, 0 }
    table.insert(shown, { entry[1], -1, held[2], held[3], held[4], entry[2] })
  end
elseif place == 'delayed' then
  local found = redis.call('ZRANGE', DELAYED, 0, limit - 1, 'WITHSCORES')
  for i = 1, #found, 2 do
    local text = redis.call('HGET', DELAYED_JOBS, found[i])
    local fields = text and { unpack(cjson.decode(text), 2) } or {}
    table.insert(shown, { found[i], tonumber(found[i + 1]), '', 0, 0, fields })
  end
else
  for _, member in ipairs(redis.call('ZRANGE', ORDERED, 0, limit - 1)) do
    local id = string.match(member, '([^|]*)$')
    local text = redis.call('HGET', ORDERED_JOBS, id)
    local fields = text and { unpack(cjson.decode(text), 2) } or {}
    table.insert(shown, { id, -1, '', 0, 0, fields })
  end
end
return shown
