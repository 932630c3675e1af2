-- Says that a queue is being filled from the record, or that it is done: then of every ordering key the first is let in.
-- KEYS: as in queue.lua. ARGV: after how many ms it counts as given up, or 0 when it is done.
local lasts = tonumber(ARGV[1])
if lasts > 0 then
  redis.call('SET', FILLING, string.format('%.0f', now_ms() + lasts))
else
  filled()
end
return 'said'
