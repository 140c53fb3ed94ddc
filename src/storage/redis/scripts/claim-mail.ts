/**
 * Claims a mail that is due. A repeated call with the same token is the same call.
 *
 * Answers nothing, `set-aside` when its record cannot be read, or the mail, its recipients, lane, stream, attempts,
 * crashes, what a dead worker left, and the message: nothing of a large one, an empty one when it is gone.
 */
export const CLAIM_MAIL = `
local id, token, lease_ms = ARGV[3], ARGV[4], tonumber(ARGV[5])
local ring_again, with_body = tonumber(ARGV[6]), tonumber(ARGV[7])

local record, why = read(id)
if why == 'broken' then
  local found = false
  for _, name in ipairs(call('SMEMBERS', base .. 's')) do
    for _, kind in ipairs({ 'w:', 't:', 'l:' }) do
      if call('ZREM', base .. kind .. name, id) == 1 then found = true end
    end
  end
  if not found then return nil end
  call('ZADD', base .. 'k:set-aside', now, id)
  return { 'set-aside' }
end
if not record or record[DUE] == 0 then return nil end

local name, at = schedule_of(record), lease_now()
if record[TOKEN] ~= token then
  if record[TOKEN] ~= '' then
    local ends = call('ZSCORE', base .. 'l:' .. name, id)
    if ends and tonumber(ends) > at then return nil end
  end
  if (record[OPEN] == 0 and record[DUE] > now) or is_paused(record[LANE], record[STREAM]) then
    if record[TOKEN] == '' then
      -- The ring that led here is used up: the mail is told when its time has come, or the pause is over.
      call('ZREM', base .. 't:' .. name, id)
      call('ZADD', base .. 'w:' .. name, record[DUE], id)
    end
    return nil
  end
  -- A write that a full Redis takes comes first, so that it takes the others too: what is full is emptied by sending.
  unschedule(id, name)
  if record[TOKEN] ~= '' then abandon(record) end
  record[TOKEN] = token
  call('ZADD', base .. 'l:' .. name, at + lease_ms, id)
  write(id, record)
end
local body = false
if call('STRLEN', base .. 'b:' .. id) <= with_body then body = call('GET', base .. 'b:' .. id) end
return { record[MAIL], record[RECIPIENTS], record[LANE], record[STREAM], record[ATTEMPTS], record[CRASHES],
  record[ABANDONED], body }
`;
