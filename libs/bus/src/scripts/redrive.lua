-- Puts dead letters back on their queue as if they had never been tried; what was not due yet waits until it is.
-- KEYS: as in queue.lua. ARGV: which (an entry's id, or empty for the oldest), how many, whether there is new data (1 or
-- 0), that.
-- Answers how many were put back.
local COPIED = { attempt = true, attempts = true, reason = true, drained = true, group = true, entry = true }
local from, to = ARGV[1], ARGV[1]
if from == '' then
  from, to = '-', '+'
end
local entries = redis.call('XRANGE', DEAD, from, to, 'COUNT', ARGV[2])
for _, entry in ipairs(entries) do
  local fields, old = {}, entry[2]
  for i = 1, #old, 2 do
    if not COPIED[old[i]] then
      table.insert(fields, old[i])
      table.insert(fields, old[i + 1])
    end
  end
  if ARGV[3] == '1' then
    set_field(fields, 'data', ARGV[4])
  end
  local key, id, lane = field(fields, 'key'), field(fields, 'id'), lane_of(field(fields, 'priority'))
  local due = tonumber(field(fields, 'due') or 0) or 0
  if not (key and is_lined_up(key, id)) then
    if id then
      undelay(id)
    end
    if id and due > now_ms() then
      delay(lane, fields, due)
    else
      admit(lane, fields)
    end
  end
  redis.call('XDEL', DEAD, entry[1])
end
return #entries
