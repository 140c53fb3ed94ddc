import { describe, expect, it } from 'vitest';
import { ReplyReader } from './reply-reader.js';
import { TransactionReplies } from './transaction-replies.js';

function after(recipients: number, ...replies: readonly string[]): TransactionReplies {
  const all = new TransactionReplies(recipients);
  const reader = new ReplyReader();
  for (const reply of replies) all.add(reader.push(Buffer.from(`${reply}\n`)));
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
});

describe('the message', () => {
  it.each([
    [['250', '250', '354'], true],
    [['250', '250', '354-Go\n354 ahead'], true],
    [['250', '550 No', '354'], false],
    [['250', '250', '250'], false],
    [['250', '250', '451'], false],
    [['250', '250'], false],
  ])('may follow after %j: %s', (replies, isGoAhead) => {
    expect(after(1, ...replies).isGoAhead).toBe(isGoAhead);
  });
});

describe('an answer that no command can have', () => {
  it.each([
    [['354'], 'mail'],
    [['250', '354'], 'rcpt'],
    [['250', '250', '250'], 'data'],
    [['250', '250', '220'], 'data'],
  ])('is found in %j', (replies, stage) => {
    expect(after(1, ...replies).misfit?.stage).toBe(stage);
  });

  it.each([[['250', '250', '354']], [['250', '550', '354']], [['550', '503', '503']], [['250', '251']]])(
    'is not there in %j',
    (replies) => {
      expect(after(1, ...replies).misfit).toBeUndefined();
    },
  );
});

describe('the refusal that ended the envelope', () => {
  it.each([
    ['MAIL refused', ['550 no'], 'mail', 550],
    ['MAIL refused, all answered', ['550 no', '503 no', '503 no', '503 no'], 'mail', 550],
    ['everybody refused', ['250', '550 a', '451 b'], 'rcpt', 451],
    ['everybody refused, all answered', ['250', '550 a', '451 b', '503 RCPT first'], 'rcpt', 451],
    ['everybody refused, and DATA taken', ['250', '550 a', '451 b', '354'], 'rcpt', 451],
    ['DATA refused', ['250', '550 a', '250', '451 not now'], 'data', 451],
  ])('is found when there was %s', (_, replies, stage, code) => {
    const all = after(2, ...replies);
    expect(all.isRefused).toBe(true);
    expect(all.ending).toMatchObject({ stage, reply: { code } });
  });

  it.each([[[]], [['250']], [['250', '550 a']], [['250', '250', '550']], [['250', '250', '550', '354']]])(
    'is not there after %j',
    (replies) => {
      expect(after(2, ...replies).isRefused).toBe(false);
    },
  );
});
