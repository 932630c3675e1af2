-- Appends events to a run's log if it ends where the writer thinks it does.
-- KEYS: the log. ARGV: expected last id, doorbell channel, time to live in ms, number of events,
-- then per event: id, type, time, data.
-- Answers {verdict, last id}; verdict is written, fenced or behind.
local function split(id)
  local epoch, seq = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(epoch), tonumber(seq)
end

local function before(a, b)
  local a_epoch, a_seq = split(a)
  local b_epoch, b_seq = split(b)
  return a_epoch < b_epoch or (a_epoch == b_epoch and a_seq < b_seq)
end

local log, expected, bell, ttl, count = KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
local last = newest and newest[1] or '0-0'
local first_id, final_id = ARGV[5], ARGV[5 + (count - 1) * 4]
local skip = 0

if last ~= expected then
  if split(last) > split(final_id) then
    return {'fenced', last}
  end
  if before(last, first_id) then
    return {'behind', last}
  end
  -- The log ends within or after this batch, in the writer's own epoch: an earlier attempt went through and
  -- only its answer was lost. What is there stays, the rest is written.
  while skip < count and not before(last, ARGV[5 + skip * 4]) do
    skip = skip + 1
  end
end

for i = skip, count - 1 do
  local at = 5 + i * 4
  redis.call('XADD', log, ARGV[at], 'type', ARGV[at + 1], 'time', ARGV[at + 2], 'data', ARGV[at + 3])
end
redis.call('PEXPIRE', log, ttl)
if skip < count then
  redis.call('PUBLISH', bell, final_id)
  last = final_id
end
return {'written', last}
