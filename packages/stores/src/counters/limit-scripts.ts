/* What Redis does in one step. Times are whole microseconds of Redis's own clock, so the clocks of those who count together do not matter. */

/** `%.0f`, because Lua would write a number of sixteen digits with fourteen of them. */
const standing = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local function debt_start(key, most)
  local arrival = tonumber(redis.call('GET', key) or '')
  if not arrival or arrival <= now then return now end
  return math.min(arrival, now + most)
end
local function keep(key, arrival)
  redis.call('SET', key, string.format('%.0f', arrival), 'PX', math.ceil((arrival - now) / 1000))
end
`;

/**
 * KEYS: one for each limit. ARGV: burst, interval and cost of each. Answers for each of them 1 or 0, its debt, and by how much it was too
 * much; the debt with what was taken, if all pass. The same arithmetic as `count` in core.
 */
export const takeScript = `${standing}
local starts, overs, passes = {}, {}, true
for index, key in ipairs(KEYS) do
  local burst, interval, cost = tonumber(ARGV[3 * index - 2]), tonumber(ARGV[3 * index - 1]), tonumber(ARGV[3 * index])
  local most = burst * interval
  starts[index] = debt_start(key, most)
  overs[index] = starts[index] + math.max(cost, 1) * interval - now - most
  if overs[index] > 0 then passes = false end
end
local answer = {}
for index, key in ipairs(KEYS) do
  local arrival = starts[index]
  if passes then arrival = arrival + tonumber(ARGV[3 * index]) * tonumber(ARGV[3 * index - 1]) end
  if arrival > now then keep(key, arrival) end
  answer[3 * index - 2] = overs[index] > 0 and 0 or 1
  answer[3 * index - 1] = arrival - now
  answer[3 * index] = math.max(0, overs[index])
end
return answer
`;

/** KEYS and ARGV likewise. */
export const giveBackScript = `${standing}
for index, key in ipairs(KEYS) do
  local burst, interval, cost = tonumber(ARGV[3 * index - 2]), tonumber(ARGV[3 * index - 1]), tonumber(ARGV[3 * index])
  local arrival = debt_start(key, burst * interval) - cost * interval
  if arrival > now then keep(key, arrival) else redis.call('DEL', key) end
end
return 0
`;
