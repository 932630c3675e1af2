-- Moves due jobs to their lanes. Due times are Valkey's own, so that no two clocks are compared.
-- KEYS: delayed, delayed jobs, lane high, lane normal, lane low. ARGV: most jobs to move.
-- Answers {moved, ms until the next is due or -1}.
local lanes = { high = KEYS[3], normal = KEYS[4], low = KEYS[5] }
local now = now_ms()
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, id in ipairs(due) do
  local text = redis.call('HGET', KEYS[2], id)
  if text then
    local job = cjson.decode(text)
    redis.call('XADD', lanes[job[1]] or KEYS[4], '*', unpack(job, 2))
  end
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
end
local next_up = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local wait = next_up[2] and math.max(0, tonumber(next_up[2]) - now) or -1
return { #due, wait }
