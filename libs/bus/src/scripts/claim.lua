-- Takes over entries whose holder has been silent. Entries that have used up their attempts become dead letters:
-- whoever took them died each time.
-- KEYS: stream, dead letters, and as in queue.lua. ARGV: group, consumer, silence in ms, count, where to go on, most attempts, whether
-- settled entries are deleted (1 or 0). Nothing is taken over on a paused queue.
-- Answers {where to go on next time, number of dead letters, list of {id, attempt, fields}}.
local stream, dead = KEYS[1], KEYS[2]
local group, consumer, most, delete = ARGV[1], ARGV[2], tonumber(ARGV[6]), ARGV[7] == '1'
if is_paused() then
  return { ARGV[5], 0, {} }
end
local reply = redis.call('XAUTOCLAIM', stream, group, consumer, ARGV[3], ARGV[5], 'COUNT', ARGV[4])
local claimed, buried = {}, 0
for _, entry in ipairs(reply[2]) do
  local id, fields = entry[1], entry[2]
  local _, deliveries = holder(stream, group, id)
  local attempt = attempt_of(fields, deliveries or 1)
  if attempt > most then
    local reason = string.format('no consumer finished it in %d attempts', most)
    bury(stream, dead, group, id, fields, most, reason, delete)
    buried = buried + 1
  else
    table.insert(claimed, { id, attempt, fields })
  end
end
return { reply[1], buried, claimed }
