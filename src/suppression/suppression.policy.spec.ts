import { describe, expect, it } from 'vitest';
import { PolicyChain } from '../policies/policy-chain.js';
import { sampleMail } from '../testing/sample-mail.js';
import { TestClock } from '../testing/test-clock.js';
import { MemorySuppressionStore } from './memory/memory-suppression-store.js';
import { StoredSuppressionList } from './stored-suppression-list.js';
import type { NewSuppression } from './suppression-list.js';
import { SuppressionSubjects } from './suppression-subjects.js';
import { SuppressionPolicy } from './suppression.policy.js';

const ADA = 'ada@example.test';
const BOB = 'bob@example.test';

function setUp(keys: readonly string[] = []) {
  const clock = new TestClock();
  const store = new MemorySuppressionStore();
  const subjects = new SuppressionSubjects(keys, {});
  const policy = new SuppressionPolicy({
    store,
    subjects,
    marketing: new Set(['marketing', 'offers']),
    clock,
  });
  return { clock, store, policy, list: new StoredSuppressionList(store, subjects, clock) };
}

const mailTo = (to: readonly string[], stream = 'transactional', tenant = '') =>
  sampleMail({ id: '1', stream, tenant, envelope: { from: 'a@b.test', to } });

describe('the suppression policy', () => {
  it.each<[string, Partial<NewSuppression>, string, boolean]>([
    ['everything stops', { scope: 'all' }, 'transactional', true],
    ['everything stops', { scope: 'all', reason: 'hard-bounce' }, 'marketing', true],
    ['marketing goes on elsewhere', { scope: 'marketing' }, 'transactional', false],
    ['marketing stops', { scope: 'marketing', reason: 'complaint' }, 'marketing', true],
    ['marketing is every bulk stream', { scope: 'marketing' }, 'offers', true],
    ['a stream stops', { scope: 'stream:news', reason: 'unsubscribe' }, 'news', true],
    ['a stream is no other', { scope: 'stream:news' }, 'newspaper', false],
    [
      'an unsubscribe stops no transactional mail',
      { scope: 'all', reason: 'unsubscribe' },
      'transactional',
      false,
    ],
    ['nor by its stream', { scope: 'stream:transactional', reason: 'unsubscribe' }, 'transactional', false],
    ['a person may stop it', { scope: 'stream:transactional', reason: 'manual' }, 'transactional', true],
  ])('%s: %j for %s', async (_title, entry, stream, stops) => {
    const { policy, list } = setUp();
    await list.add({ address: ADA, ...entry });
    const decision = await policy.dispatch({ mail: mailTo([ADA], stream), recipients: [ADA] });
    expect(decision.kind).toBe(stops ? 'suppress' : 'allow');
  });

  it('stops one recipient, tells why for each, and lets the others go on', async () => {
    const { policy, list } = setUp();
    await list.add({ address: ADA, reason: 'hard-bounce' });
    await list.add({ domain: 'gone.test' });
    const to = [ADA, BOB, 'eve@gone.test', 'eve@sub.gone.test'];
    const { recipients, suppressed } = await new PolicyChain([policy]).admit(mailTo(to));
    expect(recipients).toEqual([BOB, 'eve@sub.gone.test']);
    expect(suppressed).toEqual([
      { address: ADA, reason: 'on the suppression list: hard-bounce, for all' },
      { address: 'eve@gone.test', reason: 'on the suppression list: manual, for all' },
    ]);
  });

  it('matches whatever the case of an address, and folds nothing else', async () => {
    const { policy, list } = setUp();
    await list.add({ address: 'Ada@Example.TEST' });
    const to = ['ADA@example.test', 'ada+tag@example.test', 'a.da@example.test'];
    const { recipients } = await new PolicyChain([policy]).admit(mailTo(to));
    expect(recipients).toEqual(to.slice(1));
  });

  it('matches a domain however it was written', async () => {
    const { policy, list } = setUp();
    await list.add({ domain: 'B\u00fccher.test' });
    const { recipients } = await new PolicyChain([policy]).admit(mailTo(['a@xn--bcher-kva.test']));
    expect(recipients).toEqual([]);
  });

  it('does not look at what has expired, nor at another tenant', async () => {
    const { policy, list, clock } = setUp();
    await list.add({ address: ADA, expiresAt: new Date(clock.now() + 1000) });
    await list.add({ address: BOB, tenant: 'acme' });
    const chain = new PolicyChain([policy]);
    expect((await chain.admit(mailTo([ADA, BOB]))).recipients).toEqual([BOB]);
    clock.jump(1000);
    expect((await chain.admit(mailTo([ADA, BOB]))).recipients).toEqual([ADA, BOB]);
    expect((await chain.admit(mailTo([ADA, BOB], 'transactional', 'acme'))).recipients).toEqual([ADA]);
  });

  it('asks the store once for a mail, and not at all when it is known to be empty', async () => {
    const { policy, store, list } = setUp();
    let questions = 0;
    const find = store.find.bind(store);
    store.find = (...args) => {
      questions++;
      return find(...args);
    };
    expect(policy.admit(mailTo([ADA, BOB]))).toEqual({ kind: 'allow' });
    expect(questions).toBe(0);
    await list.add({ address: 'eve@example.test' });
    await policy.admit(mailTo(Array.from({ length: 100 }, (_, i) => `u${i}@d${i}.test`)));
    expect(questions).toBe(1);
  });

  it('fails when the store fails', async () => {
    const { policy, store, list } = setUp();
    await list.add({ address: BOB });
    store.find = () => Promise.reject(new Error('away'));
    const chain = new PolicyChain([policy]);
    await expect(chain.admit(mailTo([ADA]))).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_POLICY_REJECTED',
    });
    await expect(chain.dispatch(mailTo([ADA]), [ADA])).rejects.toThrow('away');
  });
});

describe('with a hash key', () => {
  const KEY = 'a key of the tests';

  it('keeps no address, and stops it all the same', async () => {
    const { policy, store, list } = setUp([KEY]);
    await list.add({ address: ADA });
    const { entries } = await store.page({ limit: 10 });
    expect(JSON.stringify(entries)).not.toContain('ada');
    expect((await policy.admit(mailTo(['ADA@example.test']))).kind).toBe('suppress');
    expect(await list.find(ADA)).toMatchObject([{ hash: expect.stringMatching(/^hmac:/) }]);
    expect(await list.remove({ address: ADA })).toBe(1);
  });

  it('stops what was stored without one, and under an earlier one', async () => {
    const plain = setUp();
    await plain.list.add({ address: ADA });
    const old = setUp(['an earlier key of the tests']);
    await old.list.add({ address: BOB });
    const subjects = new SuppressionSubjects([KEY, 'an earlier key of the tests'], {});
    for (const { store, clock } of [plain, old]) {
      const policy = new SuppressionPolicy({ store, subjects, marketing: new Set(), clock });
      const decision = await policy.admit(mailTo([ADA, BOB]));
      expect(decision).toMatchObject({ kind: 'suppress', recipients: [store === plain.store ? ADA : BOB] });
    }
  });
});
