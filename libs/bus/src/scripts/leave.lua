-- Removes this consumer, and those not heard of for long, from the groups of some streams, unless they hold
-- entries: removing those would lose them.
-- KEYS: streams. ARGV: group, consumer or empty, silence in ms that counts as long.
-- Answers the number removed.
local removed = 0
for _, stream in ipairs(KEYS) do
  local consumers = redis.pcall('XINFO', 'CONSUMERS', stream, ARGV[1])
  if not consumers.err then
    for _, info in ipairs(consumers) do
      local name, pending, idle = field(info, 'name'), field(info, 'pending'), field(info, 'idle')
      if pending == 0 and (name == ARGV[2] or idle > tonumber(ARGV[3])) then
        redis.call('XGROUP', 'DELCONSUMER', stream, ARGV[1], name)
        removed = removed + 1
      end
    end
  end
end
return removed
