-- Starts the silence of held entries anew, so that nobody claims them.
-- KEYS: stream. ARGV: group, consumer, ids.
-- Answers a list of {id, state} of those that could not be held: taken (by another consumer) or gone.
local group, consumer, lost = ARGV[1], ARGV[2], {}
for i = 3, #ARGV do
  local who = holder(KEYS[1], group, ARGV[i])
  if who == consumer then
    redis.call('XCLAIM', KEYS[1], group, consumer, 0, ARGV[i], 'JUSTID')
  else
    table.insert(lost, { ARGV[i], who and 'taken' or 'gone' })
  end
end
return lost
