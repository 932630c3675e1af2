-- Makes the consumer group on every lane, from its beginning; on a paused queue its readers wait.
-- KEYS: as in queue.lua. ARGV: group.
local paused = is_paused()
for name, lane in pairs(LANES) do
  local made = redis.pcall('XGROUP', 'CREATE', lane, ARGV[1], paused and NOWHERE or '0', 'MKSTREAM')
  if made.err then
    if not string.find(made.err, 'BUSYGROUP', 1, true) then
      return made
    end
  elseif paused then
    redis.call('HSET', PAUSED, cursor_name(name, ARGV[1]), '0-0')
  end
end
return 'made'
