import { describe, expect, it } from 'vitest';
import { sampleMail } from '../testing/sample-mail.js';
import { MailPolicy, type AdmissionFacts, type PolicyDecision } from './mail-policy.js';
import { PolicyChain } from './policy-chain.js';

const TO = ['ada@example.test', 'bob@example.test'];
const FACTS: AdmissionFacts = sampleMail({ id: 'm', envelope: { from: 'hello@acme.test', to: TO } });

class Decides extends MailPolicy {
  readonly name = 'decides';
  readonly saw: (readonly string[])[] = [];
  readonly #decision: PolicyDecision;

  constructor(decision: PolicyDecision) {
    super();
    this.#decision = decision;
  }

  override admit(facts: AdmissionFacts): PolicyDecision {
    this.saw.push(facts.envelope.to);
    return this.#decision;
  }
}

const chainOf = (...decisions: readonly PolicyDecision[]) =>
  new PolicyChain(decisions.map((decision) => new Decides(decision)));

describe('PolicyChain', () => {
  it('lets everything through when there is no policy', async () => {
    expect(await chainOf().admit(FACTS)).toEqual({ recipients: TO, suppressed: [], hold: undefined });
  });

  it('narrows the recipients that the next policy sees', async () => {
    const next = new Decides({ kind: 'allow' });
    const suppress = new Decides({ kind: 'suppress', recipients: [TO[0] ?? ''], reason: 'bounced' });
    const admission = await new PolicyChain([suppress, next]).admit(FACTS);
    expect(admission.recipients).toEqual([TO[1]]);
    expect(admission.suppressed).toEqual([{ address: TO[0], reason: 'bounced' }]);
    expect(next.saw).toEqual([[TO[1]]]);
  });

  it('suppresses only recipients the mail has', async () => {
    const admission = await chainOf({ kind: 'suppress', recipients: ['x@example.test'], reason: 'r' }).admit(
      FACTS,
    );
    expect(admission.suppressed).toEqual([]);
  });

  it('lets the latest hold win', async () => {
    const [early, late] = [new Date(1000), new Date(2000)];
    const admission = await chainOf(
      { kind: 'hold', until: late, reason: 'late' },
      { kind: 'hold', until: early, reason: 'early' },
    ).admit(FACTS);
    expect(admission.hold).toEqual({ until: 2000, reason: 'late' });
  });

  it('redirects to other recipients, each once', async () => {
    const recipients = ['team@acme.test', 'team@acme.test'];
    const admission = await chainOf({ kind: 'redirect', recipients, reason: 'staging' }).admit(FACTS);
    expect(admission.recipients).toEqual(['team@acme.test']);
  });

  it('ends with an error that names the policy when it rejects', async () => {
    const rejected = chainOf({ kind: 'reject', reason: 'the tenant is suspended' }).admit(FACTS);
    await expect(rejected).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_POLICY_REJECTED',
      message: 'The policy "decides" refused the mail: the tenant is suspended',
    });
  });

  it('refuses the mail when a policy fails, and keeps the cause', async () => {
    class Fails extends MailPolicy {
      readonly name = 'fails';
      override admit(): PolicyDecision {
        throw new Error('database down');
      }
    }
    const refused = new PolicyChain([new Fails()]).admit(FACTS);
    await expect(refused).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_POLICY_REJECTED',
      cause: expect.objectContaining({ message: 'database down' }),
    });
  });
});
