/**
 * Replaces what is known of a mail no worker holds, if it is still what the caller saw. Answers `done`, `held` (a worker
 * has it, or left it with an unknown outcome), `changed` (look again) or `none`.
 */
export const CHANGE_MAIL = `
local id, seen, seen_kept, mail, recipients = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local due, kept, attempts, ring_again = tonumber(ARGV[8]), ARGV[9], ARGV[10], tonumber(ARGV[11])

local record = read(id)
if not record then return 'none' end
local name = schedule_of(record)
if record[TOKEN] ~= '' then
  local ends = call('ZSCORE', base .. 'l:' .. name, id)
  if ends and tonumber(ends) > lease_now() then return 'held' end
  abandon(record)
  call('ZREM', base .. 'l:' .. name, id)
  call('ZADD', base .. 't:' .. name, now, id)
  write(id, record)
end
if record[ABANDONED] ~= '' and record[DUE] > 0 then return 'held' end
if record[RECIPIENTS] ~= seen or record[KEPT] ~= seen_kept then return 'changed' end

unschedule(id, name)
call('ZREM', base .. 'f', id)
if record[KEPT] ~= '' then call('ZREM', base .. 'k:' .. record[KEPT], id) end
if record[DUE] > 0 then count_pending(record, -1) end
local ended = record[ENDED]
record[MAIL], record[RECIPIENTS], record[DUE], record[KEPT], record[ENDED] = mail, recipients, due, '', 0
if attempts ~= '' then
  record[ATTEMPTS], record[CRASHES], record[ABANDONED], record[HANDED] = tonumber(attempts), 0, '', ''
end
if due == 0 then
  finish(id, record, kept)
  if ended > 0 and kept == '' then
    record[ENDED] = ended
    call('ZADD', base .. 'f', ended, id)
  end
else
  count_pending(record, 1)
  schedule(id, record, ring_again)
end
write(id, record)
return 'done'
`;

/** Sets aside a mail that a worker claimed and could not read; its recipients are those given, if any. */
export const SET_ASIDE = `
local id, token, recipients = ARGV[3], ARGV[4], ARGV[5]
local record = read(id)
if not record or record[TOKEN] ~= token then return 0 end
unschedule(id, schedule_of(record))
count_pending(record, -1)
record[TOKEN], record[HANDED] = '', ''
if recipients ~= '' then record[RECIPIENTS] = recipients end
finish(id, record, 'set-aside')
write(id, record)
return 1
`;

/** Forgets a set-aside mail whose record cannot be read. */
export const FORGET_BROKEN = `
local id = ARGV[3]
local _, why = read(id)
if why ~= 'broken' and why ~= 'none' then return 0 end
call('DEL', base .. 'm:' .. id, base .. 'b:' .. id)
return call('ZREM', base .. 'k:set-aside', id)
`;
