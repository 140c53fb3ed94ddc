import Database from 'better-sqlite3';
import * as kysely from 'kysely';
import { describe, expect, it } from 'vitest';
import { sqlWriter } from '../file/sql-packages.js';
import {
  endOfKeys,
  firstKey,
  firstOutsideKey,
  isPlace,
  mailKeyOf,
  mailOfRecipient,
  nextOutsideKey,
  recipientKeyOf,
} from './recipient-key.js';

const { sql } = kysely;
const writer = sqlWriter<unknown>({ Database, kysely });
const database = new Database(':memory:');

/** What SQLite makes of an expression. */
function valueOf(expression: kysely.RawBuilder<number>): unknown {
  const { sql: text } = sql`select ${expression}`.compile(writer);
  return database.prepare(text).pluck().get();
}

const MAILS = [0, 1, 2047, 2048, 2 ** 32, 2 ** 33 - 1];

describe('the key of a recipient', () => {
  it.each(MAILS)('leads back to its mail, and is the same in a statement: mail %d', (mail) => {
    const last = recipientKeyOf(mail, 2 ** 20 - 1);
    expect(Number.isSafeInteger(last)).toBe(true);
    expect([recipientKeyOf(mail, 0), last].map(mailKeyOf)).toEqual([mail, mail]);
    const key = sql.lit(mail);
    expect(valueOf(firstKey(sql, key))).toBe(recipientKeyOf(mail, 0));
    expect(valueOf(endOfKeys(sql, key))).toBe(last + 1);
    expect(valueOf(firstOutsideKey(sql, key))).toBe(nextOutsideKey(mail, undefined));
    expect(valueOf(mailOfRecipient(sql, sql.lit(last)))).toBe(mail);
  });

  it('comes from a place of the envelope, where there is one', () => {
    expect([0, 1, 2 ** 19 - 1].every(isPlace)).toBe(true);
    expect([-1, 2 ** 19, 0.5, Number.NaN].some(isPlace)).toBe(false);
  });

  it('never leads to the next mail', () => {
    expect(nextOutsideKey(7, undefined)).toBe(recipientKeyOf(7, 2 ** 19));
    expect(nextOutsideKey(7, recipientKeyOf(7, 2 ** 19))).toBe(recipientKeyOf(7, 2 ** 19 + 1));
    expect(() => nextOutsideKey(7, recipientKeyOf(8, 0) - 1)).toThrow('more recipients');
  });
});
