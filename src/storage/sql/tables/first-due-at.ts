import type { RawBuilder, sql } from 'kysely';

/** When a mail was first to be sent, as its index has it: null for a mail that cannot be read. */
export function firstDueAt(raw: typeof sql): RawBuilder<number | null> {
  return raw`case when json_valid(mail) then json_extract(mail, '$.dueAt') end`;
}
