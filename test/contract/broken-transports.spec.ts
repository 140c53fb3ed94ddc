import { describe, expect, it } from 'vitest';
import { failedOutcome, type DeliveryOutcome } from '../../src/core/failure/delivery-outcome.js';
import { classifyFailure } from '../../src/core/failure/failure-classifier.js';
import type { FailureEvidence } from '../../src/core/failure/failure-evidence.js';
import { parseSmtpReply } from '../../src/core/failure/smtp-reply.js';
import {
  describeTransportContract,
  TRANSPORT_CONTRACT_RECIPIENTS,
  type AcceptedMessage,
  type TransportScenario,
} from '../../src/testing/transport-contract.js';
import {
  MailTransport,
  type TransportRequest,
  type TransportResult,
  type TransportVerification,
} from '../../src/transports/mail-transport.js';

const [, GONE] = TRANSPORT_CONTRACT_RECIPIENTS;
const SECRET = 'open sesame';

type Evidence = Omit<FailureEvidence, 'upstream'>;

const refusal = (stage: FailureEvidence['stage'], reply: string): Evidence => ({
  provenance: 'smtp',
  stage,
  reply: parseSmtpReply(reply),
});

const EVIDENCE: Readonly<Partial<Record<TransportScenario, Evidence>>> = {
  'refuses-for-now': refusal('rcpt', '450 4.2.0 Greylisted'),
  'refuses-for-good': refusal('rcpt', '550 5.1.1 No such user'),
  unreachable: { provenance: 'network', stage: 'conn', errorCode: 'ECONNREFUSED' },
  'refuses-connection': refusal('greeting', '554 5.7.1 Go away'),
  'refuses-credentials': refusal('auth', '535 5.7.8 Bad credentials'),
  'offers-no-encryption': { provenance: 'local', stage: 'tls', errorCode: 'ETLS' },
};

/** Does everything right, in memory; each broken transport below changes one thing. */
class HonestTransport extends MailTransport {
  readonly kind = 'honest';
  readonly taken: AcceptedMessage[] = [];
  overheard = 'EHLO test';
  logged = 'opened';
  protected readonly closing = new AbortController();

  constructor(protected readonly scenario: TransportScenario) {
    super();
  }

  override async send(request: TransportRequest): Promise<TransportResult> {
    const evidence = EVIDENCE[this.scenario];
    if (evidence !== undefined) return this.failed(request, evidence);
    try {
      if (request.signal.aborted) return this.failed(request, { provenance: 'aborted', stage: 'conn' });
      const message = await request.message();
      if (this.scenario === 'hangs') await this.hang(request);
      if (this.scenario === 'loses-before-end')
        return this.failed(request, { provenance: 'network', stage: 'body' });
      await request.handOver();
      if (request.signal.aborted) return this.failed(request, { provenance: 'aborted', stage: 'body' });
      if (this.scenario === 'loses-after-end') {
        return this.failed(request, { provenance: 'network', stage: 'eod', endOfDataSent: true });
      }
      return this.accept(request, message);
    } catch {
      return this.failed(request, { provenance: 'local', stage: 'body' });
    }
  }

  override async verify(_signal: AbortSignal): Promise<TransportVerification> {
    const evidence = EVIDENCE[this.scenario];
    if (evidence === undefined) return { ok: true };
    return { ok: false, failure: classifyFailure({ ...evidence, upstream: 'relay' }) };
  }

  override async close(): Promise<void> {
    this.closing.abort();
  }

  protected hang({ signal }: TransportRequest): Promise<never> {
    return new Promise((_, reject) => {
      for (const one of [signal, this.closing.signal])
        one.addEventListener('abort', () => reject(new Error('ended')));
    });
  }

  protected accept({ envelope }: TransportRequest, message: Buffer): TransportResult {
    const refused = (address: string) => this.scenario === 'refuses-one' && address === GONE;
    this.taken.push({ to: envelope.to.filter((address) => !refused(address)), message });
    const failure = classifyFailure({ ...refusal('rcpt', '550 5.1.1 No such user'), upstream: 'relay' });
    const outcome = (address: string): DeliveryOutcome =>
      refused(address) ? failedOutcome(address, failure) : { address, state: 'sent' };
    return { outcomes: envelope.to.map(outcome) };
  }

  protected failed({ envelope }: TransportRequest, evidence: Evidence): TransportResult {
    const failure = classifyFailure({ ...evidence, upstream: 'relay' });
    return { outcomes: envelope.to.map((address) => failedOutcome(address, failure)) };
  }
}

/** Says `state` whatever happened. */
const always = (make: (address: string) => DeliveryOutcome) =>
  class extends HonestTransport {
    override async send(request: TransportRequest): Promise<TransportResult> {
      const { outcomes } = await super.send(request);
      return { outcomes: outcomes.map(({ address }) => make(address)) };
    }
  };

const bounced = (address: string): DeliveryOutcome =>
  failedOutcome(address, classifyFailure({ ...refusal('rcpt', '550 5.1.1 No'), upstream: 'relay' }));
const deferred = (address: string): DeliveryOutcome =>
  failedOutcome(address, classifyFailure({ provenance: 'network', stage: 'conn', upstream: 'relay' }));
const uncertain = (address: string): DeliveryOutcome =>
  failedOutcome(
    address,
    classifyFailure({ provenance: 'network', stage: 'eod', endOfDataSent: true, upstream: 'relay' }),
  );

type Fake = new (scenario: TransportScenario) => HonestTransport;

const SILENT_READER: Fake = class extends HonestTransport {
  override async send(request: TransportRequest): Promise<TransportResult> {
    await request.message();
    return super.send(request);
  }
};

const NEVER_ENDS: Fake = class extends HonestTransport {
  protected override hang(): Promise<never> {
    return new Promise(() => undefined);
  }
};

/** By the title of the clause that has to notice. */
const BROKEN: Readonly<Record<string, readonly Fake[]>> = {
  'tells of every recipient that the upstream took': [
    always(deferred),
    class extends HonestTransport {
      override async send(request: TransportRequest): Promise<TransportResult> {
        const { outcomes } = await super.send(request);
        return { outcomes: outcomes.slice(1) };
      }
    },
    class extends HonestTransport {
      override async send(request: TransportRequest): Promise<TransportResult> {
        const { outcomes } = await super.send(request);
        return { outcomes: [...outcomes, ...outcomes] };
      }
    },
    class extends HonestTransport {
      override async send(request: TransportRequest): Promise<TransportResult> {
        await super.send(request);
        throw new Error('a transport never rejects');
      }
    },
    always((address) => ({ address, state: 'sent', providerMessageId: SECRET })),
    class extends HonestTransport {
      override logged = `using ${SECRET}`;
    },
  ],
  'gives the message to the upstream octet by octet, once': [
    class extends HonestTransport {
      protected override accept(request: TransportRequest, message: Buffer): TransportResult {
        return super.accept(request, message.subarray(1));
      }
    },
    class extends HonestTransport {
      protected override accept(request: TransportRequest, message: Buffer): TransportResult {
        super.accept(request, message);
        return super.accept(request, message);
      }
    },
  ],
  'stores the handed-over mark once, before the upstream can take the message': [
    class extends HonestTransport {
      override send(request: TransportRequest): Promise<TransportResult> {
        return super.send({ ...request, handOver: () => undefined });
      }
    },
    class extends HonestTransport {
      protected override accept(request: TransportRequest, message: Buffer): TransportResult {
        void request.handOver();
        return super.accept(request, message);
      }
    },
    class extends HonestTransport {
      override async send(request: TransportRequest): Promise<TransportResult> {
        const result = this.accept(request, await request.message());
        await request.handOver();
        return result;
      }
    },
  ],
  'gives nothing when the mark cannot be stored': [
    class extends HonestTransport {
      override send(request: TransportRequest): Promise<TransportResult> {
        return super.send({ ...request, handOver: async () => request.handOver()?.catch(() => undefined) });
      }
    },
  ],
  'gives nothing when the message cannot be read': [
    class extends HonestTransport {
      override send(request: TransportRequest): Promise<TransportResult> {
        const message = async () => {
          try {
            return await request.message();
          } catch {
            return Buffer.alloc(0);
          }
        };
        return super.send({ ...request, message });
      }
    },
  ],
  'gives nothing when it is aborted before': [
    class extends HonestTransport {
      override send(request: TransportRequest): Promise<TransportResult> {
        return super.send({ ...request, signal: new AbortController().signal });
      }
    },
  ],
  'gives nothing when it is aborted while the mark is stored': [
    class extends HonestTransport {
      override send(request: TransportRequest): Promise<TransportResult> {
        return super.send({ ...request, signal: new AbortController().signal });
      }
    },
  ],
  'leaves the request as it was': [
    class extends HonestTransport {
      override send(request: TransportRequest): Promise<TransportResult> {
        (request.envelope.to as string[]).reverse();
        return super.send(request);
      }
    },
  ],
  'takes many messages at a time': [
    class extends HonestTransport {
      protected override accept(request: TransportRequest, message: Buffer): TransportResult {
        return this.taken.length < 20
          ? super.accept(request, message)
          : { outcomes: request.envelope.to.map(deferred) };
      }
    },
  ],
  'says that an upstream which works would take mail': [
    class extends HonestTransport {
      override async verify(): Promise<TransportVerification> {
        const failure = classifyFailure({ provenance: 'network', stage: 'conn', upstream: 'relay' });
        return { ok: false, failure };
      }
    },
    class extends HonestTransport {
      override async verify(): Promise<TransportVerification> {
        this.taken.push({ to: [], message: Buffer.alloc(0) });
        return { ok: true };
      }
    },
  ],
  'can be closed twice, and still answers': [
    class extends HonestTransport {
      override async close(): Promise<void> {
        if (this.closing.signal.aborted) throw new Error('closed already');
        return super.close();
      }
    },
    class extends HonestTransport {
      override send(request: TransportRequest): Promise<TransportResult> {
        return this.closing.signal.aborted ? Promise.reject(new Error('closed')) : super.send(request);
      }
    },
  ],
  'keeps a refused recipient apart from an accepted one': [
    always(bounced),
    always((address) => ({ address, state: 'sent' })),
  ],
  'defers what is refused for now': [always(bounced), always((address) => ({ address, state: 'sent' }))],
  'bounces what is refused for good': [always(deferred), always((address) => ({ address, state: 'sent' }))],
  'defers when the upstream cannot be reached, and does not read the message': [
    always(bounced),
    always(uncertain),
    SILENT_READER,
  ],
  'says that an upstream which cannot be reached would take no mail': [
    class extends HonestTransport {
      override async verify(): Promise<TransportVerification> {
        return { ok: true };
      }
    },
  ],
  'blames no recipient when the upstream refuses the connection': [always(bounced)],
  'blames our account when the upstream refuses the credentials': [always(bounced), always(deferred)],
  'tells nobody the credentials in clear': [
    class extends HonestTransport {
      override overheard = `AUTH PLAIN ${Buffer.from(SECRET).toString('base64')}`;
    },
  ],
  'ends at the deadline of the attempt': [NEVER_ENDS, always(bounced)],
  'ends when it is aborted, and blames nobody for that': [NEVER_ENDS, always(bounced), always(deferred)],
  'ends what is under way when it is closed': [
    class extends HonestTransport {
      override async close(): Promise<void> {
        // Leaves what hangs to itself.
      }
    },
  ],
  'defers, and is sure, when the connection is lost before the end': [
    always(uncertain),
    always(bounced),
    always((address) => ({ address, state: 'sent' })),
  ],
  'is uncertain when only the answer is lost': [
    always(deferred),
    always(bounced),
    always((address) => ({ address, state: 'sent' })),
  ],
};

function clausesOf(fake: Fake): ReadonlyMap<string, () => Promise<void>> {
  const clauses = new Map<string, () => Promise<void>>();
  describeTransportContract({
    describe: (_title, body) => body(),
    it: (title, body) => void clauses.set(title, body),
    name: 'a fake',
    patienceMs: 500,
    setup: (scenario) => {
      const transport = new fake(scenario);
      return {
        transport,
        accepted: () => transport.taken,
        secrets: [SECRET],
        overheard: () => transport.overheard,
        logged: () => transport.logged,
        dispose: () => undefined,
      };
    },
  });
  return clauses;
}

describe('the transport contract', () => {
  it('has a broken transport for every clause', () => {
    expect([...clausesOf(HonestTransport).keys()].toSorted()).toEqual(Object.keys(BROKEN).toSorted());
  });

  it('gives every clause a title of its own', () => {
    const titles: string[] = [];
    describeTransportContract({
      describe: (_title, body) => body(),
      it: (title) => void titles.push(title),
      name: 'a fake',
      setup: () => expect.unreachable(),
    });
    expect(new Set(titles).size).toBe(titles.length);
  });

  for (const [title, clause] of clausesOf(HonestTransport)) {
    it(`is met by an honest transport: ${title}`, () => clause());
  }

  for (const [title, fakes] of Object.entries(BROKEN)) {
    it.each(fakes.map((fake, i) => [i + 1, fake] as const))(
      `notices: ${title} (broken way %i)`,
      async (_, fake) => {
        await expect(clausesOf(fake).get(title)?.()).rejects.toThrow();
      },
    );
  }

  it('shows a clause that cannot be met, with the reason', () => {
    const titles: string[] = [];
    describeTransportContract({
      describe: (_title, body) => body(),
      it: (title) => void titles.push(title),
      name: 'a fake',
      setup: () => expect.unreachable(),
      cannot: { hangs: 'it never waits' },
    });
    expect(titles.filter((title) => title.includes('cannot meet hangs: it never waits'))).toHaveLength(3);
  });
});
