/**
 * Shared by the scripts: KEYS[1] the hash of entries by subject, KEYS[2] the subjects in order, KEYS[3] those that
 * expire, by the moment the first of their entries does.
 */
const WRITE = `
local function read(field)
  local value = redis.call('HGET', KEYS[1], field)
  if not value then return {} end
  return cjson.decode(value)
end
local function write(field, entries)
  if #entries == 0 then
    redis.call('HDEL', KEYS[1], field)
    redis.call('ZREM', KEYS[2], field)
    redis.call('ZREM', KEYS[3], field)
    return
  end
  redis.call('HSET', KEYS[1], field, cjson.encode(entries))
  redis.call('ZADD', KEYS[2], 0, field)
  local first
  for _, entry in ipairs(entries) do
    if entry.x and (not first or entry.x < first) then first = entry.x end
  end
  if first then redis.call('ZADD', KEYS[3], first, field) else redis.call('ZREM', KEYS[3], field) end
end
`;

/** ARGV: now, JSON of [field, entry] pairs. An entry that is there is confirmed; one that has expired is replaced. */
export const PUT_SUPPRESSIONS = `${WRITE}
local now = tonumber(ARGV[1])
for _, pair in ipairs(cjson.decode(ARGV[2])) do
  local field, entry = pair[1], pair[2]
  local entries = read(field)
  local place = #entries + 1
  for i, before in ipairs(entries) do
    if before.s == entry.s and before.r == entry.r then
      place = i
      if not (before.x and before.x <= now) then
        entry.c = math.min(before.c, entry.c)
        entry.t = math.max(before.t, entry.t)
        if before.x and entry.x then entry.x = math.max(before.x, entry.x) else entry.x = nil end
      end
    end
  end
  entries[place] = entry
  write(field, entries)
end
for _, field in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, 20)) do
  local kept = {}
  for _, entry in ipairs(read(field)) do
    if not (entry.x and entry.x <= now) then kept[#kept + 1] = entry end
  end
  write(field, kept)
end
return 1
`;

/** ARGV: scope or nothing, reason or nothing, fields. Gives how many entries are gone. */
export const REMOVE_SUPPRESSIONS = `${WRITE}
local removed = 0
for i = 3, #ARGV do
  local kept, entries = {}, read(ARGV[i])
  for _, entry in ipairs(entries) do
    local meant = (ARGV[1] == '' or ARGV[1] == entry.s) and (ARGV[2] == '' or ARGV[2] == entry.r)
    if meant then removed = removed + 1 else kept[#kept + 1] = entry end
  end
  if #kept < #entries then write(ARGV[i], kept) end
end
return removed
`;

/** ARGV: lower bound, upper bound, how many subjects. */
export const PAGE_SUPPRESSIONS = `
local fields = redis.call('ZRANGEBYLEX', KEYS[2], ARGV[1], ARGV[2], 'LIMIT', 0, ARGV[3])
if #fields == 0 then return {{}, {}} end
return {fields, redis.call('HMGET', KEYS[1], unpack(fields))}
`;

/** KEYS[1] the marks of a subject. ARGV: event, when, since when marks count. */
export const MARK_BOUNCE = `
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[3])
redis.call('PEXPIRE', KEYS[1], math.max(1000, tonumber(ARGV[2]) - tonumber(ARGV[3])))
return redis.call('ZCARD', KEYS[1])
`;
