-- Moves an entry to the dead letters.
-- KEYS: stream, dead letters, and as in queue.lua. ARGV: group, consumer, id, reason, whether settled entries are deleted (1 or 0).
-- Answers dead or gone.
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
bury(stream, KEYS[2], group, id, entry[2], attempt_of(entry[2], deliveries), ARGV[4], ARGV[5] == '1')
return 'dead'
