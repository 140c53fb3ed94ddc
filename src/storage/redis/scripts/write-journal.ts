/**
 * Writes records of mails, each if it is still the one that was seen, with the terms by which it is found, and counts its
 * new events. Answers the ids of those that changed meanwhile: of them nothing was written. A repeated call writes nothing
 * a second time.
 *
 * Of each mail: id, the version that was seen (0 for none), when the journal heard of it, the record (nothing: it goes),
 * how many terms begin, how many end, how many events are counted; then the terms, and hour, what and domain of each event.
 *
 * | key | what |
 * |---|---|
 * | `j:m:<mail>` | version, time, and the events, packed |
 * | `j:x:<term>` | mails that have the term, by when the journal heard of them |
 * | `j:c:<hour>` | a hash: events of the hour by type, stream and transport |
 * | `j:d:<hour>` | a hash: the same by recipient domain too |
 * | `j:h` | the hours there are |
 */
export const WRITE_JOURNAL = `
local jbase, at, conflicts, counts = base .. 'j:', 3, {}, {}

local function next_argument()
  at = at + 1
  return ARGV[at - 1]
end

local function count(key, field)
  local fields = counts[key] or {}
  counts[key] = fields
  fields[field] = (fields[field] or 0) + 1
end

while at <= #ARGV do
  local id, seen, created, text = next_argument(), next_argument(), next_argument(), next_argument()
  local begun, ended, told = tonumber(next_argument()), tonumber(next_argument()), tonumber(next_argument())
  local key = jbase .. 'm:' .. id
  local known = call('GET', key)
  local version = known and string.match(known, '^%d+') or '0'
  if version ~= seen then
    conflicts[#conflicts + 1] = id
    at = at + begun + ended + 3 * told
  else
    if text == '' then call('DEL', key) else call('SET', key, text) end
    for _ = 1, begun do call('ZADD', jbase .. 'x:' .. next_argument(), created, id) end
    for _ = 1, ended do call('ZREM', jbase .. 'x:' .. next_argument(), id) end
    for _ = 1, told do
      local hour, what, domain = next_argument(), next_argument(), next_argument()
      count('c:' .. hour, what)
      count('d:' .. hour, what .. '\\n' .. domain)
    end
  end
end
for key, fields in pairs(counts) do
  local hour = string.sub(key, 3)
  call('ZADD', jbase .. 'h', hour, hour)
  for field, n in pairs(fields) do call('HINCRBY', jbase .. key, field, n) end
end
return conflicts
`;

/** Forgets the counts of hours before one, at most a number of hours. Answers how many. */
export const FORGET_HOURS = `
local jbase = base .. 'j:'
local hours = call('ZRANGEBYSCORE', jbase .. 'h', '-inf', '(' .. ARGV[3], 'LIMIT', 0, tonumber(ARGV[4]))
for _, hour in ipairs(hours) do
  call('DEL', jbase .. 'c:' .. hour, jbase .. 'd:' .. hour)
  call('ZREM', jbase .. 'h', hour)
end
return #hours
`;
