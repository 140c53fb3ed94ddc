/**
 * `BreakerStore.replace` as one step of Redis. KEYS: the hash of circuits, and what numbers versions. ARGV: name, expected version (`-` for
 * nothing), state, how long it is kept in milliseconds, the channel that tells others.
 *
 * A field holds version, end and state, with spaces between. Answers `{1, version}`, or `{0}` with the field when
 * there is one.
 */
export const REPLACE_CIRCUIT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local name, expected, state, keep, channel = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]

local found = redis.call('HGET', KEYS[1], name)
local version, ends = string.match(found or '', '^(%S+) (%d+) ')
if version and tonumber(ends) <= now then version, found = nil, false end
if (version or '-') ~= expected then
  if found then return {0, found} end
  return {0}
end

if redis.call('HLEN', KEYS[1]) >= 256 then
  local all = redis.call('HGETALL', KEYS[1])
  for i = 1, #all, 2 do
    if tonumber(string.match(all[i + 1], '^%S+ (%d+) ')) <= now then redis.call('HDEL', KEYS[1], all[i]) end
  end
end

local made = time[1] .. '.' .. time[2] .. '.' .. redis.call('INCR', KEYS[2])
local field = made .. ' ' .. string.format('%.0f', now + keep) .. ' ' .. state
redis.call('HSET', KEYS[1], name, field)
for _, key in ipairs(KEYS) do
  if redis.call('PTTL', key) < keep then redis.call('PEXPIRE', key, string.format('%.0f', keep)) end
end
redis.call('PUBLISH', channel, name .. '\\n' .. field)
return {1, made}
`;
