-- Numbers of a queue.
-- KEYS: delayed, dead letters, lanes.
-- Answers {delayed, dead, pending, age in ms of the oldest entry that nobody has taken or -1, length per lane …}.
local pending, oldest = 0, -1
local stats = { redis.call('ZCARD', KEYS[1]), redis.call('XLEN', KEYS[2]), 0, -1 }
for i = 3, #KEYS do
  local lane, after = KEYS[i], '-'
  table.insert(stats, redis.call('XLEN', lane))
  local groups = redis.pcall('XINFO', 'GROUPS', lane)
  if not groups.err then
    for _, group in ipairs(groups) do
      pending = pending + field(group, 'pending')
      after = '(' .. field(group, 'last-delivered-id')
    end
  end
  local first = redis.call('XRANGE', lane, after, '+', 'COUNT', 1)[1]
  if first then
    local age = math.max(0, now_ms() - tonumber(string.match(first[1], '^(%d+)')))
    oldest = math.max(oldest, age)
  end
end
stats[3], stats[4] = pending, oldest
return stats
