-- Acknowledges jobs that have an ordering key; the next of each key follows into its lane.
-- KEYS: as in queue.lua. ARGV: group, ids.
-- Answers how many were still there.
local done = 0
for i = 2, #ARGV do
  local entry = redis.call('XRANGE', STREAM, ARGV[i], ARGV[i])[1]
  settle(STREAM, ARGV[1], ARGV[i], true)
  if entry then
    advance(entry[2])
    done = done + 1
  end
end
return done
