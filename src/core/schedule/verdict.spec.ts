import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SMTP_STAGES, type DeliveryFailure } from '../failure/delivery-failure.js';
import { failedOutcome, type DeliveryOutcome } from '../failure/delivery-outcome.js';
import { classifyFailure } from '../failure/failure-classifier.js';
import { DEFAULT_RETRY_POLICY } from './retry-schedule.js';
import { parseSmtpReply } from '../failure/smtp-reply.js';
import { expiredFailure, judge, type VerdictInput } from './verdict.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.UTC(2027, 0, 4, 9);

function refused(stage: 'auth' | 'mail' | 'rcpt' | 'eod', raw: string): DeliveryFailure {
  return classifyFailure({ provenance: 'smtp', stage, upstream: 'relay', reply: parseSmtpReply(raw) });
}

const unknownUser = refused('rcpt', '550 5.1.1 User unknown');
const tooLarge = refused('eod', '552 5.3.4 Too large');
const greylisted = refused('rcpt', '450 4.7.1 Greylisted');
const mailboxFull = refused('rcpt', '552 5.2.2 Mailbox full');
const badPassword = refused('auth', '535 5.7.8 Bad credentials');
const lost = classifyFailure({ provenance: 'network', stage: 'conn', upstream: 'relay' });
const unanswered = classifyFailure({ provenance: 'network', stage: 'eod', upstream: 'relay' });

const sent: DeliveryOutcome = {
  address: 'ada@acme.test',
  state: 'sent',
  reply: parseSmtpReply('250 2.0.0 Ok: queued as 4XyZ'),
  providerMessageId: '4XyZ',
};

function outcome(failure: DeliveryFailure, address = 'bob@acme.test'): DeliveryOutcome {
  return failedOutcome(address, failure);
}

function verdict(outcomes: readonly DeliveryOutcome[], more: Partial<VerdictInput> = {}) {
  return judge({
    outcomes,
    attempt: 1,
    now: NOW,
    createdAt: NOW,
    expiresAt: NOW + 5 * DAY_MS,
    policy: DEFAULT_RETRY_POLICY,
    uncertain: 'retry',
    random: () => 0,
    ...more,
  });
}

describe('judge', () => {
  it('is done with a recipient that was sent to', () => {
    expect(verdict([sent])).toEqual({
      kind: 'done',
      recipients: [
        {
          address: 'ada@acme.test',
          state: 'sent',
          reply: sent.state === 'sent' && sent.reply,
          providerMessageId: '4XyZ',
        },
      ],
      countAttempt: true,
    });
  });

  it('lets an address bounce that was refused for good', () => {
    expect(verdict([outcome(unknownUser)])).toMatchObject({
      kind: 'done',
      recipients: [
        { address: 'bob@acme.test', state: 'bounced', failure: unknownUser, reply: unknownUser.reply },
      ],
    });
  });

  it.each([
    ['the message', tooLarge],
    ['the sender', refused('mail', '550 5.1.8 Domain of sender does not exist')],
  ])('fails, and lets no address bounce, when %s was refused', (_, failure) => {
    const { kind, recipients } = verdict([outcome(failure)]);
    expect(kind).toBe('done');
    expect(recipients).toMatchObject([{ state: 'failed', failure }]);
    expect(recipients[0]).not.toHaveProperty('dueAt');
  });

  it('tries a deferred recipient again when the schedule says', () => {
    expect(verdict([outcome(greylisted)])).toMatchObject({
      kind: 'retry',
      recipients: [{ state: 'deferred', failure: greylisted, dueAt: NOW + 5 * MINUTE_MS }],
      countAttempt: true,
    });
  });

  it('keeps what is finished and what is pending apart', () => {
    const { kind, recipients } = verdict([sent, outcome(unknownUser), outcome(lost, 'eve@acme.test')]);
    expect(kind).toBe('retry');
    expect(recipients.map(({ address, state }) => [address, state])).toEqual([
      ['ada@acme.test', 'sent'],
      ['bob@acme.test', 'bounced'],
      ['eve@acme.test', 'deferred'],
    ]);
  });

  it('lets recipients who failed together be due together', () => {
    let draws = 0;
    const random = () => (draws++ % 10) / 10;
    const { recipients } = verdict([outcome(lost, 'a@acme.test'), outcome(lost, 'b@acme.test')], { random });
    expect(recipients[0]?.dueAt).toBe(recipients[1]?.dueAt);
  });

  it('wakes up for the expiry at the latest', () => {
    const expiresAt = NOW + 20_000;
    expect(verdict([outcome(lost)], { expiresAt }).recipients[0]?.dueAt).toBe(expiresAt);
  });

  it('gives up when the time is over, with the last answer', () => {
    const { kind, recipients } = verdict([sent, outcome(greylisted)], { now: NOW + 5 * DAY_MS });
    expect(kind).toBe('give-up');
    expect(recipients[1]).toMatchObject({
      state: 'failed',
      failure: { class: 'expired', suppress: 'no', scope: 'none', stage: 'rcpt', reply: greylisted.reply },
    });
    expect(recipients[1]).not.toHaveProperty('dueAt');
  });

  it('goes on while one recipient is pending, although another expired', () => {
    const now = NOW + 4 * DAY_MS;
    const { kind, recipients } = verdict([outcome(mailboxFull), outcome(lost, 'eve@acme.test')], {
      now,
      attempt: 9,
    });
    expect(kind).toBe('retry');
    expect(recipients).toMatchObject([
      { state: 'failed', failure: { class: 'expired' } },
      { state: 'deferred', dueAt: now + 4 * HOUR_MS },
    ]);
  });

  it('tries a mailbox that is full for good until three days are over', () => {
    const now = NOW + 3 * DAY_MS - MINUTE_MS;
    const full = [outcome(mailboxFull)];
    expect(verdict(full, { now, attempt: 9 }).recipients[0]?.dueAt).toBe(NOW + 3 * DAY_MS);
    expect(verdict(full, { now: NOW + 3 * DAY_MS }).kind).toBe('give-up');
  });
});

describe('judge, after an uncertain outcome', () => {
  const outcomes = [outcome(unanswered)];

  it('tries again after ten minutes or more', () => {
    expect(verdict(outcomes)).toMatchObject({
      kind: 'retry',
      recipients: [{ state: 'uncertain', failure: unanswered, dueAt: NOW + 10 * MINUTE_MS }],
    });
  });

  it('waits for an operator when the stream holds', () => {
    const { kind, recipients } = verdict(outcomes, { uncertain: 'hold' });
    expect(kind).toBe('done');
    expect(recipients).toMatchObject([{ state: 'uncertain', failure: unanswered }]);
    expect(recipients[0]).not.toHaveProperty('dueAt');
  });

  it('believes in success when the stream assumes so, and keeps the reason', () => {
    expect(verdict(outcomes, { uncertain: 'assume-sent' })).toMatchObject({
      kind: 'done',
      recipients: [{ state: 'sent', failure: unanswered }],
    });
  });

  it.each([9 * MINUTE_MS, 0, -DAY_MS])(
    'stays uncertain for good when the mail expires in %i ms',
    (lifeMs) => {
      const { kind, recipients } = verdict(outcomes, { expiresAt: NOW + lifeMs });
      expect(kind).toBe('done');
      expect(recipients).toMatchObject([{ state: 'uncertain' }]);
      expect(recipients[0]).not.toHaveProperty('dueAt');
    },
  );

  it('never calls it failed, whatever the outcome was called', () => {
    const deferred = { address: 'bob@acme.test', state: 'deferred', failure: unanswered } as const;
    expect(verdict([deferred], { now: NOW + 6 * DAY_MS }).recipients).toMatchObject([{ state: 'uncertain' }]);
  });
});

describe('judge, on whether the attempt counts', () => {
  it.each([
    ['does not count when only our account was at fault', [badPassword, badPassword], false],
    ['counts when another failure was among them', [badPassword, greylisted], true],
    ['counts when nothing failed', [], true],
  ] as const)('%s', (_, failures, expected) => {
    expect(verdict(failures.map((failure) => outcome(failure))).countAttempt).toBe(expected);
  });
});

describe('expiredFailure', () => {
  it('suppresses nobody and says why the last attempt failed', () => {
    expect(expiredFailure(unknownUser)).toMatchObject({
      class: 'expired',
      permanent: true,
      retry: 'no',
      suppress: 'no',
      blame: 'nobody',
      summary: `The time for delivery ran out; the last failure was: ${unknownUser.summary}`,
    });
  });

  it.each([
    ['a mailbox that stayed full', refused('rcpt', '452 4.2.2 Mailbox full'), 'count'],
    ['a mailbox that refused as full for good', mailboxFull, 'count'],
    ['a server that could not be reached', lost, 'no'],
    ['a greylist', greylisted, 'no'],
  ] as const)('advises on the address of %s', (_, failure, suppress) => {
    expect(expiredFailure(failure).suppress).toBe(suppress);
  });

  it('needs no attempt before it', () => {
    const failure = expiredFailure();
    expect(failure).toMatchObject({
      class: 'expired',
      stage: 'conn',
      suppress: 'no',
      summary: 'The time for delivery ran out.',
    });
    expect(failure).not.toHaveProperty('reply');
  });
});

describe('whatever an attempt brings', () => {
  const failures = fc
    .record({
      provenance: fc.constantFrom('smtp', 'network', 'timeout', 'aborted', 'local'),
      stage: fc.constantFrom(...SMTP_STAGES),
      upstream: fc.constantFrom('relay', 'mx'),
      reply: fc
        .tuple(
          fc.integer({ min: 400, max: 599 }),
          fc.constantFrom('', '5.1.1 unknown', '4.2.2 full', 'in 20 hours'),
        )
        .map(([code, text]) => parseSmtpReply(`${code} ${text}`)),
      acceptedBefore: fc.nat(2),
    })
    .map((evidence) => classifyFailure(evidence));
  const outcomes = fc.uniqueArray(
    fc
      .tuple(
        fc.nat(99).map((n) => `r${n}@acme.test`),
        fc.option(failures, { nil: undefined }),
      )
      .map(([address, failure]): DeliveryOutcome =>
        failure ? failedOutcome(address, failure) : { address, state: 'sent' },
      ),
    { selector: ({ address }) => address, maxLength: 8 },
  );
  const input: fc.Arbitrary<VerdictInput> = fc
    .record({
      outcomes,
      attempt: fc.integer({ min: 1, max: 200 }),
      age: fc.integer({ min: 0, max: 6 * DAY_MS }),
      lifeMs: fc.integer({ min: 1, max: 6 * DAY_MS }),
      uncertain: fc.constantFrom('retry', 'hold', 'assume-sent'),
      random: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }).map((drawn) => () => drawn),
    })
    .map(({ age, lifeMs, ...rest }) => ({
      ...rest,
      now: NOW + age,
      createdAt: NOW,
      expiresAt: NOW + lifeMs,
      policy: DEFAULT_RETRY_POLICY,
    }));

  function always(law: (given: VerdictInput, found: ReturnType<typeof judge>) => void): void {
    fc.assert(
      fc.property(input, (given) => law(given, judge(given))),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 1000) },
    );
  }

  it('every recipient comes back once, in order', () => {
    always((given, { recipients }) => {
      expect(recipients.map(({ address }) => address)).toEqual(given.outcomes.map(({ address }) => address));
    });
  });

  it('pending and finished recipients are all there are, and a state says which', () => {
    always((given, { kind, recipients }) => {
      const pending = recipients.filter(({ dueAt }) => dueAt !== undefined);
      const finished = recipients.filter(({ dueAt }) => dueAt === undefined);
      expect(pending.length + finished.length).toBe(given.outcomes.length);
      for (const { state } of pending) expect(['deferred', 'uncertain']).toContain(state);
      for (const { state } of finished) expect(['sent', 'bounced', 'failed', 'uncertain']).toContain(state);
      expect(kind === 'retry').toBe(pending.length > 0);
    });
  });

  it('nothing is due in the past or after the expiry', () => {
    always(({ now, expiresAt }, { recipients }) => {
      for (const { dueAt = now } of recipients) expect(dueAt).toBeGreaterThanOrEqual(now);
      for (const { dueAt = expiresAt } of recipients) expect(dueAt).toBeLessThanOrEqual(expiresAt);
    });
  });

  it('every state but sent has a reason', () => {
    always((_, { recipients }) => {
      for (const { state, failure } of recipients)
        expect(state === 'sent' || failure !== undefined).toBe(true);
    });
  });

  it('an uncertain outcome is never repeated within the least wait', () => {
    always(({ now, policy }, { recipients }) => {
      for (const { state, dueAt } of recipients) {
        if (state !== 'uncertain' || dueAt === undefined) continue;
        expect(dueAt - now).toBeGreaterThanOrEqual(policy.uncertainMinMs);
      }
    });
  });
});
