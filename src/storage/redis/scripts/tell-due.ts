/**
 * Tells mails that are due or whose claim expired: the mark of this spool, then id and lane by turns. Each schedule gets
 * its share, so that none waits behind another one's backlog.
 */
export const TELL_DUE = `
local limit, ring_again = tonumber(ARGV[3]), tonumber(ARGV[4])
local found, at = {}, lease_now()
local names = call('SMEMBERS', base .. 's')
table.sort(names)

local function tell(lane, ids, name)
  local key, when = base .. 't:' .. name, again(name, ring_again)
  for _, id in ipairs(ids) do
    call('ZADD', key, when, id)
    found[#found + 1] = id
    found[#found + 1] = lane
  end
end

local function expired(name, lane, share)
  local ids = call('ZRANGEBYSCORE', base .. 'l:' .. name, '-inf', at, 'LIMIT', 0, share)
  local told = {}
  for _, id in ipairs(ids) do
    local record, why = read(id)
    if record and record[DUE] > 0 then
      abandon(record)
      -- First, as below.
      call('ZREM', base .. 'l:' .. name, id)
      write(id, record)
      told[#told + 1] = id
    elseif why == 'broken' then
      set_aside(id, name)
    elseif why ~= 'later' then
      call('ZREM', base .. 'l:' .. name, id)
    end
  end
  tell(lane, told, name)
  return #told
end

local function come(kind, name, lane, share)
  local ids = call('ZRANGEBYSCORE', base .. kind .. name, '-inf', now, 'LIMIT', 0, share)
  -- A write that a full Redis takes comes first, so that it takes the others too.
  for _, id in ipairs(ids) do call('ZREM', base .. kind .. name, id) end
  tell(lane, ids, name)
  return #ids
end

for i, name in ipairs(names) do
  local cut = string.find(name, '/', 1, true)
  local lane, stream = string.sub(name, 1, cut - 1), string.sub(name, cut + 1)
  if not is_paused(lane, stream) then
    local share = math.ceil((limit - #found / 2) / (#names - i + 1))
    if share > 0 then share = share - expired(name, lane, share) end
    if share > 0 then share = share - come('w:', name, lane, share) end
    if share > 0 then come('t:', name, lane, share) end
  end
end
return { call('GET', base .. 'e'), unpack(found) }
`;

/** In how many milliseconds something is due that is not paused; nothing when nothing is. */
export const NEXT_DUE = `
local nearest
local function at_least(key, from)
  local first = call('ZRANGE', key, 0, 0, 'WITHSCORES')
  if first[2] then
    local wait = math.max(0, tonumber(first[2]) - from)
    if not nearest or wait < nearest then nearest = wait end
  end
end
for _, name in ipairs(call('SMEMBERS', base .. 's')) do
  local cut = string.find(name, '/', 1, true)
  if not is_paused(string.sub(name, 1, cut - 1), string.sub(name, cut + 1)) then
    at_least(base .. 'w:' .. name, now)
    at_least(base .. 't:' .. name, now)
    at_least(base .. 'l:' .. name, lease_now())
  end
end
return nearest
`;
