-- Acknowledges jobs that have an ordering key; the next of each key follows into its lane. An entry that another
-- consumer holds is left to that one: the next must not be let in beside it.
-- KEYS: as in queue.lua. ARGV: group, consumer, ids.
-- Answers the ids that the consumer does not hold.
local gone = {}
for i = 3, #ARGV do
  local id = ARGV[i]
  if holder(STREAM, ARGV[1], id) == ARGV[2] then
    local entry = redis.call('XRANGE', STREAM, id, id)[1]
    settle(STREAM, ARGV[1], id, true)
    if entry then
      advance(entry[2])
    end
  else
    table.insert(gone, id)
  end
end
return gone
