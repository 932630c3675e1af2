-- Takes up to so many entries that nobody has taken, from the streams in the given order.
-- KEYS: streams. ARGV: group, consumer, count.
-- Answers a list of {number of the stream from 0, id, fields}.
local taken = {}
for i, stream in ipairs(KEYS) do
  local left = tonumber(ARGV[3]) - #taken
  if left <= 0 then
    break
  end
  local reply = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', left, 'STREAMS', stream, '>')
  if reply then
    for _, entry in ipairs(reply[1][2]) do
      table.insert(taken, { i - 1, entry[1], entry[2] })
    end
  end
end
return taken
