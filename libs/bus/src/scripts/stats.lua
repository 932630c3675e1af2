-- Numbers of a queue.
-- KEYS: as in queue.lua.
-- Answers {delayed, dead, pending, age in ms of the oldest entry that nobody has taken or -1, high, normal, low, waiting
-- behind another of their ordering key, paused (1 or 0)}.
local pending, oldest, length = 0, -1, {}
for name, lane in pairs(LANES) do
  length[name] = redis.call('XLEN', lane)
  for _, group in ipairs(groups_of(lane)) do
    pending = pending + field(group, 'pending')
  end
  local first = redis.call('XRANGE', lane, '(' .. taken_until(name, lane), '+', 'COUNT', 1)[1]
  if first then
    local age = math.max(0, now_ms() - tonumber(string.match(first[1], '^(%d+)')))
    oldest = math.max(oldest, age)
  end
end
return {
  redis.call('ZCARD', DELAYED), redis.call('XLEN', DEAD), pending, oldest,
  length.high, length.normal, length.low, redis.call('ZCARD', ORDERED), is_paused() and 1 or 0,
}
