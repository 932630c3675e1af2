-- Takes from allowances, or counts what was taken from them elsewhere. An allowance is one time in microseconds of
-- Valkey's own clock: that until which everything taken so far is spread evenly. It is gone once that time has come.
-- KEYS: the allowances. ARGV[1]: 'take' all or none of them, or 'count' whatever they hold. Then for each allowance: the
-- microseconds that one costs, how many may be owed at once, and how many are taken.
-- Returns for each how long to wait until it fits, and what is owed after this, in microseconds.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local take = ARGV[1] == 'take'
local fits = true
local evens, answer = {}, {}
for i, key in ipairs(KEYS) do
    local every, burst, count = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
    local even = math.max(tonumber(redis.call('GET', key) or now), now)
    local wait = 0
    if take then
        -- To look costs nothing, and is answered as if one were taken.
        wait = math.max(even + math.max(count, 1) * every - now - burst * every, 0)
        if wait > 0 then
            fits = false
        end
    end
    answer[2 * i - 1] = wait
    answer[2 * i] = even - now
    evens[i] = math.min(math.max(even + count * every, now), math.max(now + 10 * burst * every, even))
end
if take and not fits then
    return answer
end
for i, key in ipairs(KEYS) do
    local owed = evens[i] - now
    if owed > 0 then
        redis.call('SET', key, string.format('%.0f', evens[i]), 'PX', math.ceil(owed / 1000))
    else
        redis.call('DEL', key)
    end
    answer[2 * i] = owed
end
return answer
