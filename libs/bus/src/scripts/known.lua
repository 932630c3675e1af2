-- The ids of jobs that are in work in a lane, or in it at all, or dead.
-- KEYS: as in queue.lua. ARGV: high, normal, low or dead; after which entry; how many to look at; whether only what was
-- taken (1 or 0).
-- Answers {the last entry that was looked at or empty, ids …}.
local place, from = ARGV[1], ARGV[2] == '' and '-' or '(' .. ARGV[2]
local stream, to = DEAD, '+'
if place ~= 'dead' then
  stream = LANES[place]
  if ARGV[4] == '1' then
    to = taken_until(place, stream)
  end
end
local answer = { '' }
for _, entry in ipairs(redis.call('XRANGE', stream, from, to, 'COUNT', ARGV[3])) do
  answer[1] = entry[1]
  local id = field(entry[2], 'id')
  if id then
    table.insert(answer, id)
  end
end
return answer
