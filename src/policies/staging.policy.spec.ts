import { describe, expect, it } from 'vitest';
import { sampleMail } from '../testing/sample-mail.js';
import { StagingPolicy, type StagingRules } from './staging.policy.js';

const allow = { addresses: new Set(['ada@example.test']), domains: new Set(['acme.test']) };
const to = ['Ada@example.test', 'bob@example.test', 'dev@acme.test'];
const mail = sampleMail({ id: 'm', envelope: { from: 'hello@acme.test', to } });

const admit = (rules: StagingRules) => new StagingPolicy(rules).admit(mail);
const dispatch = (rules: StagingRules, recipients = to) =>
  new StagingPolicy(rules).dispatch({ mail, recipients });

describe('StagingPolicy', () => {
  it('suppresses who is not allowed', () => {
    expect(admit({ allow })).toMatchObject({ kind: 'suppress', recipients: ['bob@example.test'] });
  });

  it('redirects everything', () => {
    expect(admit({ redirectTo: ['team@acme.test'] })).toMatchObject({
      kind: 'redirect',
      recipients: ['team@acme.test'],
    });
  });

  it('redirects only who is not allowed', () => {
    expect(admit({ allow, redirectTo: ['team@corp.test'] })).toMatchObject({
      recipients: ['Ada@example.test', 'dev@acme.test', 'team@corp.test'],
    });
  });

  it('lets a mail go whose recipients may all be mailed', () => {
    const one = sampleMail({ id: 'm', envelope: { from: '', to: ['dev@acme.test'] } });
    expect(new StagingPolicy({ allow }).admit(one)).toEqual({ kind: 'allow' });
  });

  it('stops mail that was accepted under other options', () => {
    expect(dispatch({ allow })).toMatchObject({ kind: 'suppress', recipients: ['bob@example.test'] });
    expect(dispatch({ redirectTo: ['team@acme.test'] })).toMatchObject({ recipients: to });
    expect(dispatch({ redirectTo: ['team@acme.test'] }, ['team@acme.test'])).toEqual({ kind: 'allow' });
  });
});
