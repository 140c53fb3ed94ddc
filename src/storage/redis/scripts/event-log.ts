import { STORE_EVENTS } from './store-events.js';

/** The version of the records of readers that this code writes. */
export const READER_VERSION = 1;

const READERS = `
local VERSION, TOKEN, ENDS, OWNER, POSITION, WAITING, NEEDS, SEEN = 1, 2, 3, 4, 5, 6, 7, 8

local function reader_of(packed)
  local ok, reader = pcall(cmsgpack.unpack, packed)
  if ok and type(reader) == 'table' and #reader == 8 then return reader end
  return nil
end

local function keep_reader(name, reader)
  call('HSET', base .. 'xr', name, cmsgpack.pack(reader))
end
`;

const LAST_ENTRY = `
local function last_entry()
  local found = redis.pcall('XINFO', 'STREAM', base .. 'x')
  if found.err then return nil end
  for i = 1, #found, 2 do
    if found[i] == 'last-generated-id' then return found[i + 1] end
  end
  return nil
end
`;

/** Stores events no step brings: id and entry by turns. What has an id that was stored lately is left out. */
export const APPEND_EVENTS = `
${STORE_EVENTS}
local remember_ms, at = tonumber(ARGV[3]), lease_now()
call('ZREMRANGEBYSCORE', base .. 'xd', '-inf', at - remember_ms)
for i = 4, #ARGV, 2 do
  if call('ZADD', base .. 'xd', 'NX', at, ARGV[i]) == 1 then store_events(ARGV[i + 1]) end
end
return 1
`;

/** The id of the last entry there ever was; nothing when there was none. */
export const END_OF_EVENTS = `
${LAST_ENTRY}
return last_entry()
`;

/**
 * Takes a reader. A repeated call with the same token is the same call. Answers nothing while another one holds it, or
 * its position and what waits.
 *
 * A new reader begins at the end, in the form of endOfEntry.
 */
export const HOLD_READER = `
${READERS}
${LAST_ENTRY}
local name, token, owner, lease_ms = ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])

local function padded(digits, length)
  return string.rep('0', length - #digits) .. digits
end

local function present_end()
  local ms, sequence = string.match(last_entry() or '', '^(%d+)-(%d+)$')
  return ms and padded(ms, 14) .. padded(sequence, 10) .. '999999' or ''
end

local at = lease_now()
local packed = call('HGET', base .. 'xr', name)
local reader = packed and reader_of(packed)
if reader and reader[VERSION] > ${READER_VERSION} then return nil end
if not reader then
  local from = present_end()
  reader = { ${READER_VERSION}, '', 0, '', from, '[]', from, at }
end
if reader[TOKEN] ~= '' and reader[TOKEN] ~= token and reader[ENDS] > at then return nil end
reader[TOKEN], reader[ENDS], reader[OWNER], reader[SEEN] = token, at + lease_ms, owner, at
keep_reader(name, reader)
return { reader[POSITION], reader[WAITING] }
`;

/** Stores how far a reader has come, and extends its lease. Answers 0 when the hold was lost. */
export const SAVE_READER = `
${READERS}
local name, token, lease_ms = ARGV[3], ARGV[4], tonumber(ARGV[5])
local packed = call('HGET', base .. 'xr', name)
local reader = packed and reader_of(packed)
if not reader or reader[TOKEN] ~= token then return 0 end
local at = lease_now()
reader[POSITION], reader[WAITING], reader[NEEDS] = ARGV[6], ARGV[7], ARGV[8]
reader[ENDS], reader[SEEN] = at + lease_ms, at
-- A write that a full Redis takes comes first, so that it takes the next one: what readers have done makes room.
call('HDEL', base .. 'xr', name)
keep_reader(name, reader)
return 1
`;

/** Ends a hold; one that was lost stays as it is. */
export const RELEASE_READER = `
${READERS}
local name, token = ARGV[3], ARGV[4]
local packed = call('HGET', base .. 'xr', name)
local reader = packed and reader_of(packed)
if not reader or reader[TOKEN] ~= token then return 0 end
reader[TOKEN], reader[ENDS], reader[OWNER] = '', 0, ''
keep_reader(name, reader)
return 1
`;

/**
 * Forgets events that every reader has done, but for those of the last moments, and what is beyond the retention or the
 * largest size, done or not. Answers how many entries went, and the readers who will miss some of them.
 */
export const TRIM_EVENTS = `
${READERS}
local key, at = base .. 'x', lease_now()
local recent_ms, retention_ms, max = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local limit, forget_ms = tonumber(ARGV[6]), tonumber(ARGV[7])

local function first_after(ms)
  local from = ms and string.format('%.0f', ms) or '-'
  return (call('XRANGE', key, from, '+', 'COUNT', 1)[1] or {})[1]
end

local oldest, cut, behind = at - retention_ms, at - recent_ms, {}
local too_many = call('XLEN', key) > max
local all = call('HGETALL', base .. 'xr')
for i = 1, #all, 2 do
  local reader = reader_of(all[i + 1])
  if reader and reader[SEEN] < at - forget_ms then
    call('HDEL', base .. 'xr', all[i])
  elseif reader then
    -- To the millisecond is near enough: what is done and stays a little longer is read by nobody.
    local ms = tonumber(string.sub(reader[NEEDS], 1, 14)) or 0
    if ms < cut then cut = ms end
    -- Its own millisecond may be done; what comes after it is not.
    if ms < oldest or too_many then behind[#behind + 1] = { all[i], first_after(ms + 1) } end
  end
end
if cut < oldest then cut = oldest end
local gone = call('XTRIM', key, 'MINID', '~', string.format('%.0f', cut), 'LIMIT', limit)
if too_many and gone < limit then gone = gone + call('XTRIM', key, 'MAXLEN', '~', max, 'LIMIT', limit) end
local answer = { gone }
for _, one in ipairs(behind) do
  if gone > 0 and one[2] and #call('XRANGE', key, one[2], one[2]) == 0 then answer[#answer + 1] = one[1] end
end
return answer
`;
