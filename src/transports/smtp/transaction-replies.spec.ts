import { describe, expect, it } from 'vitest';
import { TransactionReplies } from './transaction-replies.js';

function after(recipients: number, ...replies: readonly string[]): TransactionReplies {
  const all = new TransactionReplies(recipients);
  for (const reply of replies) all.add(reply);
  return all;
}

describe('the reply that is awaited', () => {
  it.each([
    [[], 'mail'],
    [['250'], 'rcpt'],
    [['250', '250'], 'rcpt'],
    [['250', '250', '250'], 'data'],
    [['250', '250', '250', '354'], 'data'],
  ])('after %j belongs to %s', (replies, stage) => {
    expect(after(2, ...replies).awaited).toBe(stage);
  });
});

describe('the recipients', () => {
  const replies = after(4, '250', '250 Ok', '550 5.1.1 No', '250-Ok\n250 indeed', '251 Forwarded', '354');

  it('that were refused keep their reply', () => {
    expect([0, 1, 2, 3].map((i) => replies.refusalOf(i)?.reply.code)).toEqual([
      undefined,
      550,
      undefined,
      undefined,
    ]);
  });

  it('that were accepted are counted, also up to one of them', () => {
    expect([replies.accepted(), replies.accepted(0), replies.accepted(2)]).toEqual([3, 0, 1]);
  });

  it('that were not answered are neither', () => {
    const early = after(2, '250', '250');
    expect([early.accepted(), early.refusalOf(1)]).toEqual([1, undefined]);
  });

  it.each(['250-yes\n550 no', '550-no\n250 yes', 'hello', '', ' 250 Ok', '354 Go ahead', '150 Well'])(
    'are not accepted by %j',
    (reply) => {
      expect(after(1, '250', reply).refusalOf(0)).toBeDefined();
    },
  );
});

describe('the go-ahead', () => {
  it.each([
    [['250', '250', '354']],
    [['250', '250', '354 Go ahead']],
    [['250', '250', '354-Go\n354 ahead']],
    [['250', '550 No', '354']],
  ])('is there after %j', (replies) => {
    expect(after(1, ...replies).objectionToGoAhead()).toBeUndefined();
  });

  it.each([
    [['250', '250', '250 Ok'], 'data'],
    [['250', '250', '354-Go\n550 away'], 'data'],
    [['250', '250', '354x'], 'data'],
    [['250', '250-a\n550 b', '354'], 'rcpt'],
    [['250', '550-a\n250 b', '354'], 'rcpt'],
    [['250-a\n451 b', '250', '354'], 'mail'],
  ])('is not there after %j', (replies, stage) => {
    expect(after(1, ...replies).objectionToGoAhead()?.stage).toBe(stage);
  });
});

describe('the reply that ended the envelope', () => {
  it.each([
    ['MAIL refused', ['550 no'], 'mail', 550],
    [
      'MAIL refused, all answered',
      ['550 no', '503 MAIL first', '503 MAIL first', '503 MAIL first'],
      'mail',
      550,
    ],
    ['everybody refused', ['250', '550 a', '451 b'], 'rcpt', 451],
    ['everybody refused, all answered', ['250', '550 a', '451 b', '503 RCPT first'], 'rcpt', 451],
    ['DATA refused', ['250', '550 a', '250', '451 not now'], 'data', 451],
    ['421 in between', ['250', '421 bye'], 'rcpt', 421],
  ])('is found when there was %s', (_, replies, stage, code) => {
    expect(after(2, ...replies).ending()).toMatchObject({ stage, reply: { code } });
  });
});
