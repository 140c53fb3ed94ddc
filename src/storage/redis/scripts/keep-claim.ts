/** Extends a lease. Answers 0 when the claim was lost. */
export const RENEW_CLAIM = `
local id, token, lease_ms = ARGV[3], ARGV[4], tonumber(ARGV[5])
local record = read(id)
if not record or record[TOKEN] ~= token then return 0 end
-- A write that a full Redis takes comes first, so that it takes the next one: an attempt under way keeps its claim.
call('ZREM', base .. 't:' .. schedule_of(record), id)
call('ZADD', base .. 'l:' .. schedule_of(record), lease_now() + lease_ms, id)
return 1
`;

/** Stores the handed-over mark. Answers 0 when the claim was lost. */
export const MARK_CLAIM = `
local id, token, handed = ARGV[3], ARGV[4], ARGV[5]
local record = read(id)
if not record or record[TOKEN] ~= token then return 0 end
-- A write that a full Redis takes comes first, so that it takes the next one: an attempt under way goes on.
call('ZREM', base .. 't:' .. schedule_of(record), id)
record[HANDED] = handed
write(id, record)
return 1
`;
