import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/**
 * Every row of the sections that mail on its way out can reach. A: smuggling, B: injection, C: addresses, E: TLS,
 * H: an upstream that misbehaves.
 */
const ROWS = [...rows('A', 19), ...rows('B', 20), ...rows('C', 19), ...rows('E', 13), ...rows('H', 23)];

/** Rows about parts that are not built: each becomes a test together with its part. */
const OPEN: readonly { readonly row: string; readonly reason: string }[] = [
  ...rows('A', 13).map((row) => ({ row, reason: 'is about mail that comes in: there is no listener' })),
  ...rows('E', 6).map((row) => ({ row, reason: 'is about TLS of a listener: there is no listener' })),
  { row: 'E12', reason: 'REQUIRETLS and MTA-STS: there is no delivery to MX hosts' },
  { row: 'H23', reason: 'the DNS of a recipient domain: there is no delivery to MX hosts' },
  { row: 'B8', reason: 'ENVID and ORCPT: a draft asks for no DSN, and none is written to MAIL or RCPT' },
  { row: 'B11', reason: 'there is neither a proxy nor a webhook to configure' },
];

/** What of a tested row waits for a part that is not built. */
const PARTLY_OPEN: readonly { readonly row: string; readonly reason: string }[] = [
  { row: 'A18', reason: 'octets from in to out, trace headers apart: there is no listener' },
  { row: 'B14', reason: 'a server’s text within a bounce message: no bounces are written' },
  { row: 'B15', reason: '501 to a user name or password that comes in: there is no listener' },
  { row: 'B17', reason: 'Message-ID, EHLO and AUTH user of a client: there is no listener' },
  { row: 'E11', reason: 'REQUIRETLS, MTA-STS and DANE: there is no delivery to MX hosts' },
  { row: 'C14', reason: 'one key of suppression for all spellings: there is no suppression list' },
  { row: 'C15', reason: 'the null sender of a client, and the role that may use it: there is no listener' },
];

describe('The attack battery', () => {
  it('has a test for each row of sections A to C, E and H, or the reason why it waits', () => {
    const tested = testedRows();
    const open = new Set(OPEN.map(({ row }) => row));
    expect(ROWS.filter((row) => !tested.has(row) && !open.has(row))).toEqual([]);
    expect(ROWS.filter((row) => tested.has(row) && open.has(row))).toEqual([]);
    expect([...tested, ...open].filter((row) => !ROWS.includes(row))).toEqual([]);
  });

  it('says of what waits for which part it waits', () => {
    const tested = testedRows();
    for (const { reason } of [...OPEN, ...PARTLY_OPEN]) expect(reason).toMatch(/there is|no /);
    expect(PARTLY_OPEN.filter(({ row }) => !tested.has(row))).toEqual([]);
  });
});

function rows(section: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${section}${i + 1}`);
}

/** The rows that the titles of the tests beside this one begin with. */
function testedRows(): ReadonlySet<string> {
  const tested = new Set<string>();
  for (const file of readdirSync(import.meta.dirname)) {
    if (!/^[abceh]-.*\.spec\.ts$/.test(file)) continue;
    const source = readFileSync(new URL(file, import.meta.url), 'utf8');
    for (const [, row = ''] of source.matchAll(/\bit(?:\.each[^;]*?\))?\(\s*['"`]([ABCEH]\d+): /g))
      tested.add(row);
  }
  return tested;
}
