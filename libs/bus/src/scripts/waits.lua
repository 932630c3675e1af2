-- Whether a job waits for its time or behind another of its ordering key.
-- KEYS: as in queue.lua. ARGV: id of the job.
-- Answers 1 or 0.
local waits = redis.call('HEXISTS', DELAYED_JOBS, ARGV[1]) + redis.call('HEXISTS', ORDERED_JOBS, ARGV[1])
return waits > 0 and 1 or 0
