/** How long one message is news for, milliseconds: whoever hears it looks again when this time is over. */
export const NEWS_MS = 20;

/**
 * For scripts whose step has events: they are one entry of the stream, so that nobody sees the step without them. The
 * message to those who wait is no more than one for each NEWS_MS, however many steps there are.
 *
 * | key | what |
 * |---|---|
 * | `x` | the stream; the field `e` of each entry is what packEvents made of a step |
 * | `xn` | there while those who wait know that there is news |
 * | `xr` | readers by name: their lease and how far they have come |
 * | `xd` | ids of events that were appended lately, by when |
 */
export const STORE_EVENTS = `
local function store_events(packed)
  if packed == '' then return end
  local id = ARGV[2] == '' and '*' or ARGV[2] .. '-*'
  local done = redis.pcall('XADD', base .. 'x', id, 'e', packed)
  -- Clocks that tests set back; and the reason, when it was another one, is told by the second try.
  if type(done) == 'table' and done.err then call('XADD', base .. 'x', '*', 'e', packed) end
  if call('SET', base .. 'xn', '1', 'PX', ${NEWS_MS}, 'NX') then redis.pcall('PUBLISH', base .. 'x', '') end
end
`;
