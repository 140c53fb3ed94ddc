import { STORE_EVENTS } from './store-events.js';

/**
 * Writes what an attempt changed and ends the claim. A repeated call with the same nonce is the same call. Answers the
 * attempts that counted, or nothing when the claim was lost.
 */
export const SETTLE_CLAIM = `
${STORE_EVENTS}
local id, token, nonce, recipients, due = ARGV[3], ARGV[4], ARGV[5], ARGV[6], tonumber(ARGV[7])
local counts, kept, ring_again = tonumber(ARGV[8]), ARGV[9], tonumber(ARGV[10])

local record = read(id)
if not record then return nil end
if record[TOKEN] ~= token then
  return record[NONCE] == nonce and record[ATTEMPTS] or nil
end
-- A write that a full Redis takes comes first, so that it takes the others too.
call('ZREM', base .. 'l:' .. schedule_of(record), id)
if record[ABANDONED] == '' then record[CRASHES] = 0 end
record[RECIPIENTS], record[DUE], record[NONCE] = recipients, due, nonce
record[TOKEN], record[HANDED], record[ABANDONED] = '', '', ''
record[ATTEMPTS] = record[ATTEMPTS] + counts
if due == 0 then
  count_pending(record, -1)
  finish(id, record, kept)
else
  schedule(id, record, ring_again)
end
write(id, record)
store_events(ARGV[11])
return record[ATTEMPTS]
`;
