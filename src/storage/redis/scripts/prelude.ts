/** The version of the records that this code writes. Records of a later one are left alone. */
export const RECORD_VERSION = 1;

/**
 * What every script begins with. All keys of a relay's spool begin with KEYS[1], which holds the hash tag, so that they
 * lie together in Redis Cluster; a record is one packed list, because a hash of as many fields takes three times the
 * memory.
 *
 * | key | what |
 * |---|---|
 * | `m:<id>` | the record, without the message |
 * | `b:<id>` | the message, packed; there while it is pending or kept |
 * | `i:<hash>` | an idempotency key: mail id and fingerprint |
 * | `w:<lane>/<stream>` | mails that wait for their time, by due time |
 * | `t:<lane>/<stream>` | mails that are due and were told, by when they are told again |
 * | `l:<lane>/<stream>` | mails that are claimed, by the end of the lease in the time of Redis |
 * | `a:<lane>/<stream>` | a hash: how many pending mails were first due in a minute |
 * | `o:<lane>/<stream>` | those minutes in their order |
 * | `s` | all `<lane>/<stream>` |
 * | `p` | what is paused: `l<lane>` and `s<stream>` |
 * | `f` | finished mails, by when they finished |
 * | `k:<reason>` | kept mails, by when they came there |
 * | `z` | octets of pending messages |
 * | `e` | tells whether this is still the same spool |
 */
export const PRELUDE = `
local base, now = KEYS[1], tonumber(ARGV[1])
local VERSION, MAIL, RECIPIENTS, LANE, STREAM, DUE, OPEN, ATTEMPTS, CRASHES = 1, 2, 3, 4, 5, 6, 7, 8, 9
local TOKEN, HANDED, ABANDONED, HASH, SIZE, NONCE, KEPT, ENDED = 10, 11, 12, 13, 14, 15, 16, 17
local call = redis.call

local function lease_now()
  if ARGV[2] ~= '' then return tonumber(ARGV[2]) end
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- The record; nil and why: 'none', 'later' (a version to come) or 'broken'.
local function read(id)
  local packed = call('GET', base .. 'm:' .. id)
  if not packed then return nil, 'none' end
  local ok, record = pcall(cmsgpack.unpack, packed)
  if not ok or type(record) ~= 'table' or type(record[VERSION]) ~= 'number' then return nil, 'broken' end
  if record[VERSION] > ${RECORD_VERSION} then return nil, 'later' end
  if #record ~= 17 then return nil, 'broken' end
  return record
end

local function write(id, record)
  call('SET', base .. 'm:' .. id, cmsgpack.pack(record))
end

local function schedule_of(record)
  return record[LANE] .. '/' .. record[STREAM]
end

local function is_paused(lane, stream)
  return call('SISMEMBER', base .. 'p', 'l' .. lane) == 1 or call('SISMEMBER', base .. 'p', 's' .. stream) == 1
end

-- When what was told is told again. The larger the backlog the later, so that telling costs the same at any size.
local function again(schedule, ring_again)
  return now + ring_again * math.max(1, math.ceil(call('ZCARD', base .. 't:' .. schedule) / 5000))
end

local function unschedule(id, schedule)
  call('ZREM', base .. 'w:' .. schedule, id)
  call('ZREM', base .. 't:' .. schedule, id)
  call('ZREM', base .. 'l:' .. schedule, id)
end

-- Puts a mail into the schedule, and says in the record whether it is due for everybody, whatever their clocks say.
local function schedule(id, record, ring_again)
  local name = schedule_of(record)
  record[OPEN] = record[DUE] <= now and 1 or 0
  call('SADD', base .. 's', name)
  if record[OPEN] == 0 or is_paused(record[LANE], record[STREAM]) then
    call('ZADD', base .. 'w:' .. name, record[DUE], id)
  else
    -- Whoever makes a mail due rings it; the schedule is the net below, not a second ring.
    call('ZADD', base .. 't:' .. name, again(name, ring_again), id)
  end
end

-- Counts a mail among those that are pending (1) or out of them (-1): its octets, and the minute it was first due in.
-- One whose record was damaged meanwhile is not counted out until its stream is empty.
local function count_pending(record, change)
  call('INCRBY', base .. 'z', change * record[SIZE])
  local ok, mail = pcall(cjson.decode, record[MAIL])
  if not ok or type(mail) ~= 'table' or type(mail[10]) ~= 'number' then return end
  local name, minute = schedule_of(record), math.floor(mail[10] / 60000)
  local mails = call('HINCRBY', base .. 'a:' .. name, minute, change)
  if mails <= 0 then
    call('HDEL', base .. 'a:' .. name, minute)
    call('ZREM', base .. 'o:' .. name, minute)
  elseif mails == change then
    call('ZADD', base .. 'o:' .. name, minute, minute)
  end
end

-- Where a mail goes that nobody is to work on any more.
local function finish(id, record, kept)
  record[DUE], record[OPEN], record[KEPT], record[ENDED] = 0, 0, kept, now
  if kept == '' then
    call('DEL', base .. 'b:' .. id)
    call('ZADD', base .. 'f', now, id)
  else
    call('ZADD', base .. 'k:' .. kept, now, id)
  end
end

-- Takes a claim away from a worker that did not come back.
local function abandon(record)
  record[CRASHES] = record[CRASHES] + 1
  if record[HANDED] ~= '' then record[ABANDONED] = record[HANDED] end
  record[TOKEN], record[HANDED] = '', ''
end

-- Out of the way of everybody, and never deleted: what cannot be read.
local function set_aside(id, schedule)
  unschedule(id, schedule)
  call('ZADD', base .. 'k:set-aside', now, id)
end

-- What a reader is given of a record.
local function told(record)
  return { record[MAIL], record[RECIPIENTS], record[LANE], record[STREAM], record[ATTEMPTS], record[KEPT],
    record[ENDED], record[DUE], record[SIZE] }
end
`;
