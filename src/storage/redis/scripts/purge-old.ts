/** Forgets what is older than the retention, at most a number of mails with their keys. Answers how many. */
export const PURGE_OLD = `
local finished_before, kept_before, limit = now - tonumber(ARGV[3]), now - tonumber(ARGV[4]), tonumber(ARGV[5])
local gone = 0

local function forget(id)
  local record = read(id)
  if record and record[HASH] ~= '' then
    local known = call('GET', base .. 'i:' .. record[HASH])
    if known and string.sub(known, 1, #id + 1) == id .. ' ' then call('DEL', base .. 'i:' .. record[HASH]) end
  end
  call('DEL', base .. 'm:' .. id, base .. 'b:' .. id)
end

for _, reason in ipairs({ 'failed', 'uncertain' }) do
  local key = base .. 'k:' .. reason
  for _, id in ipairs(call('ZRANGEBYSCORE', key, '-inf', kept_before, 'LIMIT', 0, limit - gone)) do
    local ended = tonumber(call('ZSCORE', key, id))
    call('ZREM', key, id)
    local record, why = read(id)
    if record and ended > finished_before then
      record[KEPT] = ''
      call('DEL', base .. 'b:' .. id)
      call('ZADD', base .. 'f', ended, id)
      write(id, record)
    elseif why ~= 'later' then
      forget(id)
    end
    gone = gone + 1
  end
end
if gone < limit then
  for _, id in ipairs(call('ZRANGEBYSCORE', base .. 'f', '-inf', finished_before, 'LIMIT', 0, limit - gone)) do
    call('ZREM', base .. 'f', id)
    local _, why = read(id)
    if why ~= 'later' then forget(id) end
    gone = gone + 1
  end
end
return gone
`;
