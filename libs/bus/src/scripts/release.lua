-- Puts entries back as if they had never been taken. On a queue they are added again and whoever waits gets them at
-- once; on a stream that other groups read too they become claimable at once.
-- KEYS: stream. ARGV: group, consumer, whether settled entries are deleted (1 or 0), ids.
local stream, group, consumer, delete = KEYS[1], ARGV[1], ARGV[2], ARGV[3] == '1'
for i = 4, #ARGV do
  local id = ARGV[i]
  local who, deliveries = holder(stream, group, id)
  if who == consumer then
    local entry = redis.call('XRANGE', stream, id, id)[1]
    if entry and delete then
      set_field(entry[2], 'attempt', attempt_of(entry[2], deliveries))
      redis.call('XADD', stream, '*', unpack(entry[2]))
      settle(stream, group, id, delete)
    elseif entry then
      redis.call('XCLAIM', stream, group, consumer, 0, id, 'IDLE', 86400000, 'RETRYCOUNT', deliveries - 1, 'JUSTID')
    end
  end
end
return 'released'
