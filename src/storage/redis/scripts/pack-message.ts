/** Puts a packed message in the place of the same one as it was, if it is still wanted. */
export const PACK_MESSAGE = `
local key = base .. 'b:' .. ARGV[3]
if call('EXISTS', key) == 1 then call('SET', key, ARGV[4]) end
return 1
`;
