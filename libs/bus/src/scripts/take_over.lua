-- Appends the first event of a new claim after whatever the log holds. From then on Valkey refuses the ids of
-- every earlier claim.
-- KEYS: the log. ARGV: epoch of the claim, epoch and seq of the last durable event, doorbell channel, time to live in
-- ms, type, time, data.
-- Answers {verdict, last id}; verdict is taken or fenced.
local log, epoch, floor_epoch, floor = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
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
    if fields[2] == ARGV[6] and fields[6] == ARGV[8] then
      return {'taken', newest[1]}
    end
    return {'fenced', newest[1]}
  end
end

-- What ends before the durable part lacks its end, or holds what was taken back there, however far it counts.
if last_epoch < floor_epoch or (last_epoch == floor_epoch and last_seq < floor) then
  last_seq = floor
end
local id = string.format('%d-%d', epoch, last_seq + 1)
redis.call('XADD', log, id, 'type', ARGV[6], 'time', ARGV[7], 'data', ARGV[8])
redis.call('PEXPIRE', log, ARGV[5])
redis.call('PUBLISH', ARGV[4], id)
return {'taken', id}
