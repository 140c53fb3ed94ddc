import assert from 'node:assert/strict';
import type { StoredSuppression, SuppressionStore } from '../suppression/suppression-store.js';
import type { ContractRunner } from './contract-runner.js';

/** What the suite asks of an adapter's author. @publicApi */
export interface SuppressionContractOptions extends ContractRunner {
  /** The adapter's name. */
  readonly name: string;
  /** Opens an empty store. */
  readonly open: () => Promise<SuppressionStore>;
  /** Ends what `open` began. */
  readonly close?: ((store: SuppressionStore) => Promise<void>) | undefined;
}

const NOW = Date.UTC(2027, 0, 1);
const ADA = 'ada@example.test';
const BOB = 'bob@example.test';

function entry(changes: Partial<StoredSuppression> = {}): StoredSuppression {
  return {
    tenant: '',
    subject: ADA,
    scope: 'all',
    reason: 'manual',
    createdAt: NOW,
    seenAt: NOW,
    ...changes,
  };
}

function kinds(entries: readonly StoredSuppression[]): readonly string[] {
  return entries
    .map(({ tenant, subject, scope, reason }) => [tenant, subject, scope, reason].join(' '))
    .toSorted();
}

/**
 * What every suppression store must do. Runs in any test runner that has `describe` and `it`.
 *
 * @publicApi
 */
export function describeSuppressionContract(options: SuppressionContractOptions): void {
  const { describe, it, name, open, close } = options;
  const clause = (title: string, run: (store: SuppressionStore) => Promise<void>): void => {
    it(title, async () => {
      const store = await open();
      try {
        await run(store);
      } finally {
        await close?.(store);
      }
    });
  };

  describe(`suppression contract: ${name}`, () => {
    clause('gives back what was put, with all its fields', async (store) => {
      const full = entry({
        tenant: 'acme',
        scope: 'stream:news',
        reason: 'unsubscribe',
        source: 'event "1"\n\u00e9',
        createdAt: NOW - 5,
        expiresAt: NOW + 5,
      });
      await store.put([full, entry()], NOW);
      assert.deepEqual(plain(await store.find('acme', [ADA])), [plainOf(full)]);
      assert.deepEqual(plain(await store.find('', [ADA])), [plainOf(entry())]);
    });

    clause('is not empty once something was put, and finds it at once', async (store) => {
      await store.put([entry()], NOW);
      assert.equal(store.isEmpty, false);
      assert.equal((await store.find('', [ADA])).length, 1);
    });

    clause('finds the entries of several subjects in one question, and of no others', async (store) => {
      await store.put([entry(), entry({ subject: BOB }), entry({ subject: 'example.test' })], NOW);
      assert.deepEqual(kinds(await store.find('', [ADA, 'example.test', 'nobody@example.test'])), [
        ` ${ADA} all manual`,
        ' example.test all manual',
      ]);
      assert.deepEqual(await store.find('', []), []);
    });

    clause('keeps tenants apart', async (store) => {
      await store.put([entry({ tenant: 'acme' })], NOW);
      assert.deepEqual(await store.find('', [ADA]), []);
      assert.deepEqual(await store.find('acm', [ADA]), []);
      assert.equal(await store.remove({ tenant: '', subjects: [ADA] }), 0);
    });

    clause('tells entries apart by scope and by reason', async (store) => {
      await store.put(
        [
          entry(),
          entry({ scope: 'marketing' }),
          entry({ reason: 'hard-bounce' }),
          entry({ scope: 'stream:all' }),
        ],
        NOW,
      );
      assert.equal((await store.find('', [ADA])).length, 4);
    });

    clause(
      'confirms an entry that is said again: the first moment and the longer life stay',
      async (store) => {
        await store.put([entry({ createdAt: NOW, seenAt: NOW, expiresAt: NOW + 1000, source: 'a' })], NOW);
        await store.put(
          [entry({ createdAt: NOW + 9, seenAt: NOW + 9, expiresAt: NOW + 500, source: 'b' })],
          NOW + 9,
        );
        assert.deepEqual(plain(await store.find('', [ADA])), [
          plainOf(entry({ createdAt: NOW, seenAt: NOW + 9, expiresAt: NOW + 1000, source: 'b' })),
        ]);
        await store.put([entry()], NOW + 10);
        assert.equal((await store.find('', [ADA]))[0]?.expiresAt, undefined);
        await store.put([entry({ expiresAt: NOW + 5000 })], NOW + 11);
        assert.equal((await store.find('', [ADA]))[0]?.expiresAt, undefined);
      },
    );

    clause('replaces an entry that has expired', async (store) => {
      await store.put([entry({ expiresAt: NOW + 1000 })], NOW);
      await store.put(
        [entry({ createdAt: NOW + 2000, seenAt: NOW + 2000, expiresAt: NOW + 3000 })],
        NOW + 2000,
      );
      const [found] = await store.find('', [ADA]);
      assert.equal(found?.createdAt, NOW + 2000);
      assert.equal(found?.expiresAt, NOW + 3000);
    });

    clause('never forgets an entry that has not expired', async (store) => {
      await store.put([entry({ expiresAt: NOW + 1000 }), entry({ reason: 'complaint' })], NOW);
      await store.put([entry({ subject: BOB })], NOW + 999);
      assert.equal((await store.find('', [ADA])).length, 2);
      await store.put([entry({ subject: 'eve@example.test' })], NOW + 2000);
      assert.ok(kinds(await store.find('', [ADA])).includes(` ${ADA} all complaint`));
    });

    clause('removes what is meant, and says how much', async (store) => {
      const all = [
        entry(),
        entry({ scope: 'marketing' }),
        entry({ scope: 'marketing', reason: 'complaint' }),
      ];
      await store.put([...all, entry({ subject: BOB })], NOW);
      assert.equal(
        await store.remove({ tenant: '', subjects: [ADA], scope: 'marketing', reason: 'complaint' }),
        1,
      );
      assert.deepEqual(kinds(await store.find('', [ADA])), [
        ` ${ADA} all manual`,
        ` ${ADA} marketing manual`,
      ]);
      assert.equal(await store.remove({ tenant: '', subjects: [ADA, BOB] }), 3);
      assert.deepEqual(await store.find('', [ADA, BOB]), []);
      assert.equal(await store.remove({ tenant: '', subjects: [ADA, BOB] }), 0);
    });

    clause('can be read page by page, each entry once, those of a subject together', async (store) => {
      const entries = Array.from({ length: 25 }, (_, i) => [
        entry({ subject: `u${String(i).padStart(2, '0')}@example.test`, tenant: i % 5 === 0 ? 'acme' : '' }),
        entry({
          subject: `u${String(i).padStart(2, '0')}@example.test`,
          tenant: i % 5 === 0 ? 'acme' : '',
          scope: 'marketing',
        }),
      ]).flat();
      await store.put(entries, NOW);
      assert.deepEqual(kinds((await read(store)).flat()), kinds(entries));
      for (const page of await read(store))
        assert.ok(page.length <= 14, 'a page is about as large as asked for');
      assert.deepEqual(
        kinds((await read(store, 'acme')).flat()),
        kinds(entries.filter(({ tenant }) => tenant === 'acme')),
      );
      assert.equal((await read(store, 'acm')).flat().length, 0);
    });

    clause('counts marks by their event, of one subject, within the time', async (store) => {
      const mark = (eventId: string, at: number, subject = ADA, tenant = '') =>
        store.mark({ tenant, subject, eventId, at, since: at - 1000 });
      assert.equal(await mark('1', NOW), 1);
      assert.equal(await mark('1', NOW), 1);
      assert.equal(await mark('2', NOW + 500), 2);
      assert.equal(await mark('1', NOW, BOB), 1);
      assert.equal(await mark('1', NOW, ADA, 'acme'), 1);
      assert.equal(await mark('3', NOW + 1400), 2);
    });

    clause('starts to count anew when marks are cleared', async (store) => {
      const mark = (eventId: string, subject: string) =>
        store.mark({ tenant: '', subject, eventId, at: NOW, since: NOW - 1000 });
      await mark('1', ADA);
      await mark('1', BOB);
      await store.clearMarks('', [ADA, 'nobody@example.test'], NOW);
      assert.equal(await mark('2', ADA), 1);
      assert.equal(await mark('2', BOB), 2);
    });

    clause('keeps the marks that are later than the moment up to which they are cleared', async (store) => {
      const mark = (eventId: string, at: number) =>
        store.mark({ tenant: '', subject: ADA, eventId, at, since: NOW - 1000 });
      await mark('1', NOW);
      await mark('2', NOW + 2);
      await store.clearMarks('', [ADA], NOW + 1);
      assert.equal(await mark('3', NOW + 3), 2);
    });
  });
}

async function read(
  store: SuppressionStore,
  tenant?: string,
): Promise<readonly (readonly StoredSuppression[])[]> {
  const pages: (readonly StoredSuppression[])[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.page({ tenant, cursor, limit: 7 });
    pages.push(page.entries);
    cursor = page.cursor;
    assert.ok(pages.length < 100, 'the pages come to an end');
  } while (cursor !== undefined);
  return pages;
}

/** Without what is undefined. */
function plainOf(one: StoredSuppression): unknown {
  return Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined));
}

function plain(entries: readonly StoredSuppression[]): readonly unknown[] {
  return entries.map(plainOf);
}
