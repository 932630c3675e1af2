-- Ends a pause: groups go on where they were, and who waits for jobs is woken.
-- KEYS: as in queue.lua. ARGV: token of the pause that is to be ended, or empty for whichever it is.
-- Answers 1, or 0 if there is no such pause.
local token = redis.call('HGET', PAUSED, 'token')
if not token or (ARGV[1] ~= '' and ARGV[1] ~= token) then
  return 0
end
for name, lane in pairs(LANES) do
  for _, group in ipairs(groups_of(lane)) do
    local who = field(group, 'name')
    if field(group, 'last-delivered-id') == NOWHERE then
      local last = redis.call('HGET', PAUSED, cursor_name(name, who)) or '0-0'
      redis.call('XGROUP', 'SETID', lane, who, last)
      if redis.call('XRANGE', lane, '(' .. last, '+', 'COUNT', 1)[1] then
        -- Only something new wakes a blocked reader; it is gone again before they look.
        redis.call('XDEL', lane, redis.call('XADD', lane, '*', 'wake', ''))
      end
    end
  end
end
redis.call('DEL', PAUSED)
return 1
