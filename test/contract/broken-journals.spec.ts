import { describe, expect, it } from 'vitest';
import type { MailEvent } from '../../src/events/mail-event.js';
import type {
  CheckedCounterQuery,
  CheckedSearch,
  JournalRetention,
} from '../../src/journal/journal-store.js';
import type { MailReference } from '../../src/journal/mail-journal.js';
import { MemoryJournalStore } from '../../src/journal/memory/memory-journal-store.js';
import { describeJournalContract } from '../../src/testing/journal-contract.js';
import type { TestClock } from '../../src/testing/test-clock.js';

/** What a store may get wrong, each in one thing. */
const BROKEN: Readonly<
  Record<string, new (clock: TestClock, retention: JournalRetention) => MemoryJournalStore>
> = {
  'counts what is told again': class extends MemoryJournalStore {
    override async counters(query: CheckedCounterQuery) {
      return (await super.counters(query)).map((one) => ({ ...one, count: one.count * 2 }));
    }
  },
  'records the first event of a mail only': class extends MemoryJournalStore {
    readonly #seen = new Set<string>();

    override async record(events: readonly MailEvent[]): Promise<void> {
      const fresh = events.filter(({ mailId }) => !this.#seen.has(mailId));
      for (const { mailId } of fresh) this.#seen.add(mailId);
      await super.record(fresh);
    }
  },
  'gives the first event back and no other': class extends MemoryJournalStore {
    override async timeline(mailId: string) {
      const found = await super.timeline(mailId);
      return found && { ...found, events: found.events.slice(0, 1) };
    }
  },
  'finds whatever is asked for': class extends MemoryJournalStore {
    override search(search: CheckedSearch) {
      const { limit, cursor } = search;
      return super.search({ limit, cursor });
    }
  },
  'begins every page at the beginning': class extends MemoryJournalStore {
    override search(search: CheckedSearch) {
      return super.search({ ...search, cursor: undefined });
    }
  },
  'tells streams apart when nobody asks': class extends MemoryJournalStore {
    override counters(query: CheckedCounterQuery) {
      return super.counters({ ...query, by: ['stream', ...query.by] });
    }
  },
  'finds mails for whomever they are': class extends MemoryJournalStore {
    override find(reference: MailReference) {
      return super.find({ ...reference, recipient: undefined });
    }
  },
  'keeps what was to be erased': class extends MemoryJournalStore {
    override async erase() {
      return { recipients: 1 };
    }
  },
  'never forgets': class extends MemoryJournalStore {
    override async purge() {
      return 0;
    }
  },
};

describe('the journal contract', () => {
  it.each(Object.entries(BROKEN))('notices a store that %s', async (fault, Store) => {
    const clauses: (() => Promise<void>)[] = [];
    describeJournalContract({
      describe: (_title, body) => body(),
      it: (_title, body) => void clauses.push(body),
      name: fault,
      open: async (clock, retention) => new Store(clock, retention),
    });
    let failed = 0;
    for (const run of clauses) {
      await run().catch(() => failed++);
    }
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThan(clauses.length);
  });
});
