/**
 * `LimitStore.take` as one step of Redis, by the clock of Redis, so that processes whose clocks differ agree.
 *
 * KEYS: for each limit its count (a list of moments, or a hash `start`, `used`) and its lines (a hash: where each ends and begins).
 * ARGV: count, line, returning (0 or 1), wait, wait of an idle line, pace of a quota; then for each limit its kind
 * (`rate` or `quota`), max, period. All times are milliseconds.
 *
 * Answers `{1, in, window...}` or `{0, index of the limit, free in, come back in}`.
 */
export const TAKE_SLOT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local count, line, returning = tonumber(ARGV[1]), ARGV[2], ARGV[3] == '1'
local wait, idleWait, quotaPace = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])

local limits, lined = {}, false
for i = 1, #KEYS / 2 do
  local at = 6 + (i - 1) * 3
  local limit = {
    counts = KEYS[i * 2 - 1], lines = KEYS[i * 2],
    rate = ARGV[at + 1] == 'rate', max = tonumber(ARGV[at + 2]), period = tonumber(ARGV[at + 3]),
  }
  local known = redis.call('HMGET', limit.lines, line, line .. ':begins')
  limit.last, limit.begins = tonumber(known[1] or 0), tonumber(known[2] or 0)
  limit.pace = limit.period / limit.max
  if not limit.rate and limit.pace > quotaPace then limit.pace = quotaPace end
  if limit.last > now then lined = true end
  limits[i] = limit
end

local free, slowest, overtaken = now, 0, 0
for i, limit in ipairs(limits) do
  limit.free = now
  if limit.rate then
    for _, moment in ipairs(redis.call('LRANGE', limit.counts, -limit.max, -1 - limit.max + count)) do
      limit.free = math.max(limit.free, moment + limit.period)
    end
  else
    local window = redis.call('HMGET', limit.counts, 'start', 'used')
    limit.start, limit.used = tonumber(window[1] or 0), tonumber(window[2] or 0)
    local used, start = limit.used, limit.start
    if now >= start + limit.period then used, start = 0, now end
    if used + count <= limit.max then limit.free = math.max(now, start) else limit.free = start + limit.period end
    local till = math.min(limit.last, start + limit.max * limit.pace)
    local reserved = math.max(0, math.ceil((till - math.max(now, limit.begins)) / limit.pace))
    if overtaken == 0 and used + count + reserved > limit.max then overtaken = i end
  end
  if limit.free > free then free, slowest = limit.free, i end
end

local ahead = idleWait
if lined then ahead = returning and wait or 0 end
if not lined or returning then overtaken = 0 end

if free <= now + ahead and overtaken == 0 then
  local answer = {1, free - now}
  for _, limit in ipairs(limits) do
    if limit.rate then
      for _ = 1, count do redis.call('RPUSH', limit.counts, string.format('%.0f', free)) end
      redis.call('LTRIM', limit.counts, -limit.max, -1)
      redis.call('PEXPIRE', limit.counts, string.format('%.0f', free - now + limit.period))
      answer[#answer + 1] = '0'
    else
      if free >= limit.start + limit.period then
        limit.start, limit.used = free, 0
        redis.call('HSET', limit.counts, 'start', string.format('%.0f', free), 'used', count)
        redis.call('PEXPIRE', limit.counts, string.format('%.0f', free - now + limit.period))
      else
        redis.call('HINCRBY', limit.counts, 'used', count)
      end
      answer[#answer + 1] = string.format('%.0f', limit.start)
    end
  end
  return answer
end

local binding = limits[free > now + ahead and slowest or overtaken]
local from = free
if binding.rate then from = math.max(now, free - wait / 2) end
local begins = math.max(binding.last, from)
local back = begins + count * binding.pace
if not binding.rate then
  local start = back
  if binding.start > 0 and back >= binding.start then
    start = binding.start + math.floor((back - binding.start) / binding.period) * binding.period
  end
  if back - start > binding.max * binding.pace then back = start + binding.period + count * binding.pace end
end
if binding.last > now then begins = binding.begins end
redis.call('HSET', binding.lines, line, string.format('%.3f', back), line .. ':begins', string.format('%.3f', begins))
local ttl = math.ceil(back - now)
if redis.call('PTTL', binding.lines) < ttl then redis.call('PEXPIRE', binding.lines, string.format('%.0f', ttl)) end
return {0, (free > now + ahead and slowest or overtaken) - 1, free - now, math.ceil(back - now)}
`;

/**
 * `LimitStore.giveBack` for quotas. KEYS: counts. ARGV: count, then the window of each.
 */
export const GIVE_BACK = `
for i, key in ipairs(KEYS) do
  local window = redis.call('HMGET', key, 'start', 'used')
  if window[1] == ARGV[i + 1] then
    redis.call('HSET', key, 'used', math.max(0, window[2] - ARGV[1]))
  end
end
return 0
`;
