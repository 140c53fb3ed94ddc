import { describe, expect, it } from 'vitest';
import { MemorySuppressionStore } from '../../src/suppression/memory/memory-suppression-store.js';
import type {
  BounceMark,
  StoredPage,
  StoredQuery,
  StoredSelector,
  StoredSuppression,
} from '../../src/suppression/suppression-store.js';
import { describeSuppressionContract } from '../../src/testing/suppression-contract.js';

describeSuppressionContract({ describe, it, name: 'memory', open: async () => new MemorySuppressionStore() });

class SaysEmpty extends MemorySuppressionStore {
  override get isEmpty(): boolean {
    return true;
  }
}

class MixesTenants extends MemorySuppressionStore {
  override find(_tenant: string, subjects: readonly string[]) {
    return super.find('', subjects);
  }
  override put(entries: readonly StoredSuppression[], now: number) {
    return super.put(
      entries.map((entry) => ({ ...entry, tenant: '' })),
      now,
    );
  }
}

class Overwrites extends MemorySuppressionStore {
  override async put(entries: readonly StoredSuppression[], now: number) {
    for (const { tenant, subject, scope, reason } of entries) {
      await this.remove({ tenant, subjects: [subject], scope, reason });
    }
    await super.put(entries, now);
  }
}

class KeepsExpired extends MemorySuppressionStore {
  override put(entries: readonly StoredSuppression[]) {
    return super.put(entries, 0);
  }
}

class OneReason extends MemorySuppressionStore {
  override put(entries: readonly StoredSuppression[], now: number) {
    return super.put(
      entries.map((entry) => ({ ...entry, reason: 'manual' as const })),
      now,
    );
  }
}

class ForgetsExpiring extends MemorySuppressionStore {
  override async find(tenant: string, subjects: readonly string[]) {
    return (await super.find(tenant, subjects)).filter(({ expiresAt }) => expiresAt === undefined);
  }
}

class RemovesTooMuch extends MemorySuppressionStore {
  override remove({ tenant, subjects }: StoredSelector) {
    return super.remove({ tenant, subjects });
  }
}

class RepeatsPages extends MemorySuppressionStore {
  override async page(query: StoredQuery): Promise<StoredPage> {
    const page = await super.page(query);
    return query.cursor === undefined
      ? { ...page, entries: [...page.entries, ...page.entries.slice(-1)] }
      : page;
  }
}

class LosesLastPage extends MemorySuppressionStore {
  override async page(query: StoredQuery): Promise<StoredPage> {
    return { entries: (await super.page(query)).entries };
  }
}

class PagesOfAll extends MemorySuppressionStore {
  override page({ cursor, limit }: StoredQuery) {
    return super.page({ cursor, limit });
  }
}

class CountsTwice extends MemorySuppressionStore {
  #marks = 0;
  override mark(mark: BounceMark) {
    return super.mark({ ...mark, eventId: `${mark.eventId}.${this.#marks++}` });
  }
}

class NeverDecays extends MemorySuppressionStore {
  override mark(mark: BounceMark) {
    return super.mark({ ...mark, since: 0 });
  }
}

class NeverClears extends MemorySuppressionStore {
  override async clearMarks() {}
}

const BROKEN = {
  'says that it is empty': SaysEmpty,
  'mixes tenants': MixesTenants,
  'forgets what it knew when an entry is said again': Overwrites,
  'keeps what has expired': KeepsExpired,
  'knows one reason': OneReason,
  'forgets what will expire': ForgetsExpiring,
  'removes more than is meant': RemovesTooMuch,
  'repeats an entry at the end of a page': RepeatsPages,
  'has one page': LosesLastPage,
  "gives a tenant everybody's entries": PagesOfAll,
  'counts an event twice': CountsTwice,
  'counts old bounces': NeverDecays,
  'never starts to count anew': NeverClears,
};

describe('the suppression contract', () => {
  it.each(Object.entries(BROKEN))('notices a store that %s', async (_fault, Store) => {
    const clauses: (() => Promise<void>)[] = [];
    describeSuppressionContract({
      describe: (_title, body) => body(),
      it: (_title, run) => void clauses.push(run),
      name: 'broken',
      open: async () => new Store(),
    });
    const results = await Promise.allSettled(clauses.map((run) => run()));
    expect(results.some(({ status }) => status === 'rejected')).toBe(true);
  });
});
