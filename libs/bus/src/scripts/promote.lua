-- Moves due jobs to their lanes, and ends a filling that nobody ended. Due times are Valkey's own, so that no two clocks
-- are compared.
-- KEYS: as in queue.lua. ARGV: most jobs to move.
-- Answers {moved, ms until the next is due or -1}.
local now = now_ms()
local filling = redis.call('GET', FILLING)
if filling and tonumber(filling) <= now then
  filled() -- Whoever did that is gone.
end
local due = redis.call('ZRANGEBYSCORE', DELAYED, '-inf', now, 'LIMIT', 0, ARGV[1])
for _, id in ipairs(due) do
  local text = redis.call('HGET', DELAYED_JOBS, id)
  if text then
    local job = cjson.decode(text)
    admit(job[1], { unpack(job, 2) })
  end
  undelay(id)
end
local next_up = redis.call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')
local wait = next_up[2] and math.max(0, tonumber(next_up[2]) - now) or -1
return { #due, wait }
