-- Names the present life of Valkey, once: the first to come after a start gives the name.
-- KEYS: marker. ARGV: run id of the server, a fresh name that begins with it.
-- Answers the name that holds.
local name = redis.call('GET', KEYS[1])
if name and string.sub(name, 1, #ARGV[1]) == ARGV[1] then
  return name
end
redis.call('SET', KEYS[1], ARGV[2])
return ARGV[2]
