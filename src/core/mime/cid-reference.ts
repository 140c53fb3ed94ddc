/**
 * Where html shows a part of its mail by Content-ID: `cid:logo@2x.png`. Its first group is the id.
 *
 * @see RFC 2392
 * @internal
 */
export const CID_REFERENCE = /\bcid:([\w.@$%+~/-]{1,200})/gi;
