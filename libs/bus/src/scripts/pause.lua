-- Keeps consumers from taking anything: their groups are told that they have read everything that can ever come.
-- KEYS: as in queue.lua. ARGV: token, reason, by whom, since when.
-- Answers how many jobs are in work.
redis.call('HSET', PAUSED, 'token', ARGV[1], 'reason', ARGV[2], 'by', ARGV[3], 'at', ARGV[4])
local in_work = 0
for name, lane in pairs(LANES) do
  for _, group in ipairs(groups_of(lane)) do
    local who, last = field(group, 'name'), field(group, 'last-delivered-id')
    in_work = in_work + field(group, 'pending')
    if last ~= NOWHERE then
      redis.call('HSET', PAUSED, cursor_name(name, who), last)
      redis.call('XGROUP', 'SETID', lane, who, NOWHERE)
    end
  end
end
return in_work
