-- Puts an entry back for another attempt, or among the dead letters after the last one.
-- KEYS: as in queue.lua. ARGV: group, consumer, id, wait in ms, most attempts, reason,
-- name of the lane.
-- Answers done, dead or gone.
local stream, group, id = KEYS[1], ARGV[1], ARGV[3]
local who, deliveries = holder(stream, group, id)
if who ~= ARGV[2] then
  return 'gone'
end
local entry = redis.call('XRANGE', stream, id, id)[1]
if not entry then
  redis.call('XACK', stream, group, id)
  return 'gone'
end
local fields = entry[2]
local attempt = attempt_of(fields, deliveries)
if attempt >= tonumber(ARGV[5]) then
  bury(stream, KEYS[2], group, id, fields, attempt, ARGV[6], true)
  return 'dead'
end
set_field(fields, 'attempt', tostring(attempt + 1))
local wait, job = tonumber(ARGV[4]), field(fields, 'id')
if wait > 0 and job then
  delay(ARGV[7], fields, now_ms() + wait)
else
  redis.call('XADD', stream, '*', unpack(fields))
end
settle(stream, group, id, true)
return 'done'
