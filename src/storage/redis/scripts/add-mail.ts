import { RECORD_VERSION } from './prelude.js';
import { STORE_EVENTS } from './store-events.js';

/**
 * Stores a mail, claimed when asked and due. A repeated call with the same id is the same call: the answer to the first
 * one was lost on the way.
 *
 * Answers `stored`, `claimed`, `conflict` with the id of the mail that has the key, or `known` with that mail.
 */
export const ADD_MAIL = `
${STORE_EVENTS}
local id, lane, stream, mail, recipients = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local due, hash, fingerprint, octets, body = tonumber(ARGV[8]), ARGV[9], ARGV[10], tonumber(ARGV[11]), ARGV[12]
local kept, ring_again, token, lease_ms = ARGV[13], tonumber(ARGV[14]), ARGV[15], tonumber(ARGV[16])

local before = read(id)
if before then
  return { before[TOKEN] ~= '' and before[TOKEN] == token and 'claimed' or 'stored' }
end
if hash ~= '' then
  local known = call('GET', base .. 'i:' .. hash)
  if known then
    local at = string.find(known, ' ', 1, true)
    local known_id = string.sub(known, 1, at - 1)
    if string.sub(known, at + 1) ~= fingerprint then return { 'conflict', known_id } end
    local record = read(known_id)
    if record then return { 'known', known_id, unpack(told(record)) } end
  end
end

local record = { ${RECORD_VERSION}, mail, recipients, lane, stream, due, 0, 0, 0, '', '', '', hash, octets, '', '', 0 }
local claims = token ~= '' and due > 0 and due <= now and not is_paused(lane, stream)
-- The first write is one that a full Redis refuses: then nothing of the mail is there.
if due > 0 or kept ~= '' then call('SET', base .. 'b:' .. id, body) end
if hash ~= '' then call('SET', base .. 'i:' .. hash, id .. ' ' .. fingerprint) end
if due == 0 then
  finish(id, record, kept)
elseif claims then
  local name = schedule_of(record)
  record[OPEN], record[TOKEN] = 1, token
  call('SADD', base .. 's', name)
  call('ZADD', base .. 'l:' .. name, lease_now() + lease_ms, id)
else
  schedule(id, record, ring_again)
end
if due > 0 then count_pending(record, 1) end
write(id, record)
store_events(ARGV[17])
return { claims and 'claimed' or 'stored' }
`;
