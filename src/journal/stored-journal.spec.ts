import { describe, expect, it } from 'vitest';
import { TestClock } from '../testing/test-clock.js';
import { journalRetention } from './journal-retention.js';
import { MailJournal } from './mail-journal.js';
import { MemoryJournalStore } from './memory/memory-journal-store.js';
import { NoJournal } from './no-journal.js';
import { StoredJournal } from './stored-journal.js';

const journal = new StoredJournal(new MemoryJournalStore(new TestClock(), journalRetention({}, 10)));
const refused = expect.objectContaining({ code: 'ERR_MAIL_RELAY_JOURNAL' });

describe('the journal', () => {
  it('answers a question without any wish', async () => {
    expect(await journal.search()).toEqual({ entries: [] });
    expect(await journal.counters()).toEqual([]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['limit', () => journal.search({ limit: 0 })],
    ['limit', () => journal.search({ limit: 1001 })],
    ['limit', () => journal.search({ limit: 1.5 })],
    ['since', () => journal.search({ since: new Date(Number.NaN) })],
    ['until', () => journal.search({ until: 7 as unknown as Date })],
    ['state', () => journal.search({ state: 'melted' as 'sent' })],
    ['recipient', () => journal.search({ recipient: ['a@b.test'] as unknown as string })],
    ['by', () => journal.counters({ by: ['color' as 'hour'] })],
    ['type', () => journal.counters({ type: 'melted' as 'sent' })],
    ['stream', () => journal.counters({ stream: 7 as unknown as string })],
    ['reference', () => journal.find({} as { mailId: string })],
    ['reference', () => journal.find({ mailId: 'a', messageId: '<b>' })],
    ['mailId', () => journal.timeline(undefined as unknown as string)],
    ['address', () => journal.erase('example.test')],
  ])('refuses a wrong %s, and says which it is', async (field, ask) => {
    await expect(ask()).rejects.toEqual(refused);
    await expect(ask()).rejects.toMatchObject({ field, message: expect.stringContaining(field) });
  });

  it('says that it is switched off', async () => {
    const off: MailJournal = new NoJournal();
    const asked = [
      off.timeline('a'),
      off.search(),
      off.counters(),
      off.find({ mailId: 'a' }),
      off.erase('a@b.test'),
    ];
    for (const answer of asked) await expect(answer).rejects.toEqual(refused);
  });
});
