/** Mails by id: for each one the record, or why there is none. */
export const READ_MAILS = `
local answers = {}
for i = 3, #ARGV do
  local record, why = read(ARGV[i])
  answers[#answers + 1] = record and told(record) or { why }
end
return answers
`;

/** The id of the mail that has an idempotency key. */
export const FIND_KEY = `
local known = call('GET', base .. 'i:' .. ARGV[3])
if not known then return nil end
return string.sub(known, 1, string.find(known, ' ', 1, true) - 1)
`;

/** Pending, claimed, and octets of pending messages. */
export const COUNT_ALL = `
local pending, claimed = 0, 0
for _, name in ipairs(call('SMEMBERS', base .. 's')) do
  local held = call('ZCARD', base .. 'l:' .. name)
  claimed = claimed + held
  pending = pending + held + call('ZCARD', base .. 'w:' .. name) + call('ZCARD', base .. 't:' .. name)
end
return { pending, claimed, tonumber(call('GET', base .. 'z') or 0) }
`;

/**
 * Lane/stream, pending, claimed, the oldest due time and the first minute of each schedule. What was told is in the order of telling,
 * which is that of the due times but for mails told again: the oldest is among the first.
 */
export const COUNT_STREAMS = `
local answers = {}
for _, name in ipairs(call('SMEMBERS', base .. 's')) do
  local waiting, told_, held = base .. 'w:' .. name, base .. 't:' .. name, base .. 'l:' .. name
  local claimed = call('ZCARD', held)
  local pending = claimed + call('ZCARD', waiting) + call('ZCARD', told_)
  if pending > 0 then
    local oldest = tonumber(call('ZRANGE', waiting, 0, 0, 'WITHSCORES')[2])
    for _, key in ipairs({ told_, held }) do
      for _, id in ipairs(call('ZRANGE', key, 0, 99)) do
        local record = read(id)
        if record and record[DUE] > 0 and (not oldest or record[DUE] < oldest) then oldest = record[DUE] end
      end
    end
    local minute = call('ZRANGE', base .. 'o:' .. name, 0, 0)[1]
    answers[#answers + 1] = { name, pending, claimed, oldest or 0, minute or 0 }
  elseif call('EXISTS', base .. 'o:' .. name) == 1 then
    -- A mail whose record was damaged is gone without having been counted out.
    call('DEL', base .. 'o:' .. name, base .. 'a:' .. name)
  end
end
return answers
`;
