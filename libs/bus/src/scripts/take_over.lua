-- Appends the first event of a new claim after whatever the log holds. From then on Valkey refuses the ids of
-- every earlier claim.
-- KEYS: the log. ARGV: epoch of the claim, last seq that is durable, doorbell channel, time to live in ms, type,
-- time, data.
-- Answers {verdict, last id}; verdict is taken or fenced.
local log, epoch, floor = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
local last_epoch, last_seq = 0, 0
if newest then
  local e, s = string.match(newest[1], '^(%d+)-(%d+)$')
  last_epoch, last_seq = tonumber(e), tonumber(s)
  if last_epoch > epoch then
    return {'fenced', newest[1]}
  end
  if last_epoch == epoch then
    -- This claim has written already. Its own take-over, repeated because the answer was lost, is answered
    -- again; anything further means that somebody else uses the same epoch.
    local fields = newest[2]
    if fields[2] == ARGV[5] and fields[6] == ARGV[7] then
      return {'taken', newest[1]}
    end
    return {'fenced', newest[1]}
  end
end

local id = string.format('%d-%d', epoch, math.max(last_seq, floor) + 1)
redis.call('XADD', log, id, 'type', ARGV[5], 'time', ARGV[6], 'data', ARGV[7])
redis.call('PEXPIRE', log, ARGV[4])
redis.call('PUBLISH', ARGV[3], id)
return {'taken', id}
