-- Forgets which job is in front of an ordering key where that job is nowhere any more, because somebody removed it by
-- hand. For a queue that was just emptied: it looks at every entry.
-- KEYS: as in queue.lua.
-- Answers how many were forgotten.
local here, forgotten = {}, 0
for _, lane in pairs(LANES) do
  for _, entry in ipairs(redis.call('XRANGE', lane, '-', '+')) do
    here[field(entry[2], 'id') or ''] = true
  end
end
local heads = redis.call('HGETALL', HEADS)
for i = 1, #heads, 2 do
  local key, id = heads[i], heads[i + 1]
  if not here[id] and redis.call('HEXISTS', DELAYED_JOBS, id) == 0 then
    advance({ 'key', key, 'id', id })
    forgotten = forgotten + 1
  end
end
return forgotten
