import { describe, expect, it } from 'vitest';
import { checkStreamRules, type StreamRules } from './stream-rules.js';

const FROM = { address: 'hello@acme.test' };
const LIST = { unsubscribe: { url: 'https://acme.test/off' } };

function check(rules: StreamRules, draft: { to?: number; list?: unknown } = {}): () => void {
  const recipients = Array.from({ length: draft.to ?? 1 }, (_, i) => `ada${i}@example.test`);
  return () => checkStreamRules('news', rules, { from: FROM, recipients, list: draft.list });
}

describe('the rules of a stream', () => {
  it('let every draft pass where there are none', () => {
    expect(check({}, { to: 9 })).not.toThrow();
  });

  it('let only its own domains pass, and none below them', () => {
    expect(check({ domains: new Set(['news.test', 'acme.test']) })).not.toThrow();
    expect(check({ domains: new Set(['test']) })).toThrow(
      expect.objectContaining({ code: 'ERR_MAIL_RELAY_DRAFT', field: 'from' }),
    );
  });

  it('name the stream and its domains, and not the address', () => {
    const refusal = check({ domains: new Set(['news.test']) });
    expect(refusal).toThrow(/"news".*news\.test/);
    expect(refusal).not.toThrow(/hello/);
  });

  it('ask bulk mail for one recipient', () => {
    expect(check({ bulk: true }, { list: LIST })).not.toThrow();
    expect(check({ bulk: true }, { to: 2, list: LIST })).toThrow(
      expect.objectContaining({ code: 'ERR_MAIL_RELAY_DRAFT', field: 'to' }),
    );
  });

  it.each([undefined, {}, { unsubscribe: undefined }, { id: 'news.acme.test' }, 'text'])(
    'ask bulk mail for a way to unsubscribe: %j is none',
    (list) => {
      expect(check({ bulk: true }, { list })).toThrow(
        expect.objectContaining({ code: 'ERR_MAIL_RELAY_DRAFT', field: 'list.unsubscribe' }),
      );
    },
  );
});
