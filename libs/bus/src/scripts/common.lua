-- What several scripts need. Fields of an entry come as a flat list: name, value, name, value, …

local function field(fields, name)
  for i = 1, #fields, 2 do
    if fields[i] == name then
      return fields[i + 1]
    end
  end
  -- Said outright: tonumber() of no value at all is an error.
  return nil
end

local function set_field(fields, name, value)
  for i = 1, #fields, 2 do
    if fields[i] == name then
      fields[i + 1] = value
      return
    end
  end
  table.insert(fields, name)
  table.insert(fields, value)
end

local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Who holds an entry and how often it was delivered; nothing if nobody does.
local function holder(stream, group, id)
  local pending = redis.call('XPENDING', stream, group, id, id, 1)[1]
  if pending then
    return pending[2], tonumber(pending[4])
  end
end

-- The attempt that a delivery is: what the entry says, and every further delivery counts.
local function attempt_of(fields, deliveries)
  return (tonumber(field(fields, 'attempt')) or 1) + deliveries - 1
end

local function settle(stream, group, id, delete)
  redis.call('XACK', stream, group, id)
  if delete then
    redis.call('XDEL', stream, id)
  end
end

