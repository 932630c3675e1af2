-- Removes a dead letter for good, and the marker of its idempotency key if that names it.
-- KEYS: dead letters, marker. ARGV: entry, id of the job or empty.
-- Answers how many were removed.
if ARGV[2] ~= '' and redis.call('GET', KEYS[2]) == ARGV[2] then
  redis.call('DEL', KEYS[2])
end
return redis.call('XDEL', KEYS[1], ARGV[1])
