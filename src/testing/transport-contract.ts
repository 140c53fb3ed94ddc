import assert from 'node:assert/strict';
import type { DeliveryOutcome } from '../core/failure/delivery-outcome.js';
import type { Envelope } from '../core/mail/envelope.js';
import type { MailTransport, TransportRequest } from '../transports/mail-transport.js';
import type { ContractRunner } from './contract-runner.js';

/**
 * What the upstream does in a clause. `loses-…`: the connection goes away while the message is under way, or when
 * all of it has arrived and only the answer is missing.
 *
 * @publicApi
 */
export const TRANSPORT_SCENARIOS = [
  'accepts',
  'refuses-one',
  'refuses-for-now',
  'refuses-for-good',
  'unreachable',
  'refuses-connection',
  'refuses-credentials',
  'offers-no-encryption',
  'hangs',
  'loses-before-end',
  'loses-after-end',
] as const;

/** One of {@link TRANSPORT_SCENARIOS}. @publicApi */
export type TransportScenario = (typeof TRANSPORT_SCENARIOS)[number];

/** A message that the upstream took. @publicApi */
export interface AcceptedMessage {
  readonly to: readonly string[];
  readonly message: Buffer;
}

/** One transport in front of one upstream, made for one clause. @publicApi */
export interface TransportContractSubject {
  readonly transport: MailTransport;
  /** What the upstream has taken, once nothing is under way to it any more. */
  readonly accepted: () => readonly AcceptedMessage[] | Promise<readonly AcceptedMessage[]>;
  /** Everything the upstream was told in clear; for the clauses about credentials. */
  readonly overheard?: (() => string) | undefined;
  /** Everything the transport wrote to its log. */
  readonly logged?: (() => string) | undefined;
  /** Passwords and tokens of this transport: none may be in an outcome or in the log, or be overheard. */
  readonly secrets?: readonly string[] | undefined;
  readonly dispose: () => void | Promise<void>;
}

/** What the suite asks of a transport's author. @publicApi */
export interface TransportContractOptions extends ContractRunner {
  /** The transport's name. */
  readonly name: string;
  /** Makes a transport whose upstream behaves like this. */
  readonly setup: (
    scenario: TransportScenario,
  ) => TransportContractSubject | Promise<TransportContractSubject>;
  /** Scenarios that this kind of transport cannot meet, each with the reason, which is shown in the clause's title. */
  readonly cannot?: Readonly<Partial<Record<TransportScenario, string>>> | undefined;
  /**
   * Whether the upstream has the message, for one that composes it anew from its parts.
   *
   * @default octet by octet
   */
  readonly isSameMessage?: ((given: Buffer, accepted: Buffer) => boolean | Promise<boolean>) | undefined;
  /** Why the message has to be read before there is a connection, for a transport that cannot do without. */
  readonly readsFirst?: string | undefined;
  /** How long a clause waits for what must come soon, milliseconds. @default 5000 */
  readonly patienceMs?: number | undefined;
}

/** The recipients of every message of the suite; `refuses-one` refuses the second. @publicApi */
export const TRANSPORT_CONTRACT_RECIPIENTS = ['ada@example.test', 'gone@example.test'] as const;

const ENVELOPE: Envelope = Object.freeze({
  from: 'shop@example.test',
  to: Object.freeze([...TRANSPORT_CONTRACT_RECIPIENTS]),
});
const MESSAGE = Buffer.from(
  [
    'From: shop@example.test',
    'To: ada@example.test',
    'Subject: contract',
    'Message-ID: <contract@example.test>',
    'Date: Fri, 01 Jan 2027 00:00:00 +0000',
    '',
    '.a line that begins with a dot',
    '',
  ].join('\r\n'),
);

/** A request, and what the transport did with it. */
interface Probe {
  readonly request: TransportRequest;
  readonly abort: (reason?: unknown) => void;
  handOvers: number;
  reads: number;
}

/**
 * What every transport must do. Runs in any test runner that has `describe` and `it`.
 *
 * @example
 * ```ts
 * describeTransportContract({
 *   describe, it, name: 'my-api',
 *   setup: async (scenario) => { … return { transport, accepted: () => server.messages, dispose: () => server.close() }; },
 *   cannot: { 'loses-before-end': 'a request is sent as a whole' },
 * });
 * ```
 *
 * @publicApi
 */
export function describeTransportContract(options: TransportContractOptions): void {
  const { describe, it, name, setup, cannot = {}, readsFirst, patienceMs = 5_000 } = options;
  const isSameMessage =
    options.isSameMessage ?? ((given: Buffer, accepted: Buffer) => given.equals(accepted));

  const clause = (
    scenario: TransportScenario,
    title: string,
    run: (subject: TransportContractSubject) => Promise<void>,
  ): void => {
    const reason = cannot[scenario];
    if (reason !== undefined) {
      it(`${title} (cannot meet ${scenario}: ${reason})`, async () => {
        assert.notEqual(reason.trim(), '', 'A scenario that cannot be met needs a reason.');
      });
      return;
    }
    it(title, async () => {
      const subject = await setup(scenario);
      try {
        await run(subject);
      } finally {
        await subject.transport.close();
        await subject.dispose();
      }
    });
  };

  /** Sends, and checks what holds for every result. */
  const send = async (
    { transport, secrets = [], logged }: TransportContractSubject,
    { request }: Probe,
  ): Promise<readonly DeliveryOutcome[]> => {
    const { outcomes } = await within(patienceMs, transport.send(request), 'send() did not come to an end.');
    assert.deepEqual(
      outcomes.map((one) => one.address).toSorted(),
      [...request.envelope.to].toSorted(),
      'Every recipient must have exactly one outcome.',
    );
    const told = JSON.stringify(outcomes);
    for (const secret of secrets) {
      assert.ok(!told.includes(secret), 'An outcome holds a secret.');
      assert.ok(logged?.().includes(secret) !== true, 'The log holds a secret.');
    }
    for (const outcome of outcomes) {
      if (outcome.state === 'sent') continue;
      for (const address of [request.envelope.from, ...request.envelope.to]) {
        assert.ok(!outcome.failure.summary.includes(address), 'A summary holds an address.');
      }
    }
    return outcomes;
  };

  /** Everything has come to rest: what is not with the upstream now will never be. */
  const acceptedInTheEnd = async (subject: TransportContractSubject): Promise<readonly AcceptedMessage[]> => {
    await within(patienceMs, subject.transport.close(), 'close() did not come to an end.');
    return subject.accepted();
  };

  const nothingAccepted = async (subject: TransportContractSubject): Promise<void> => {
    assert.equal((await acceptedInTheEnd(subject)).length, 0, 'The upstream took a message.');
  };

  describe(`transport contract: ${name}`, () => {
    clause('accepts', 'tells of every recipient that the upstream took', async (subject) => {
      assert.deepEqual(states(await send(subject, probe())), ['sent', 'sent']);
    });

    clause('accepts', 'gives the message to the upstream octet by octet, once', async (subject) => {
      await send(subject, probe());
      const accepted = await acceptedInTheEnd(subject);
      assert.equal(accepted.length, 1);
      assert.deepEqual(accepted[0]?.to, ENVELOPE.to);
      assert.ok(await isSameMessage(MESSAGE, accepted[0].message), 'The upstream has another message.');
    });

    clause(
      'accepts',
      'stores the handed-over mark once, before the upstream can take the message',
      async (subject) => {
        let before: number | undefined;
        const one = probe({
          handOver: async () => {
            before = (await subject.accepted()).length;
          },
        });
        await send(subject, one);
        assert.equal(one.handOvers, 1);
        assert.equal(before, 0, 'The upstream had the message before the mark was stored.');
      },
    );

    clause('accepts', 'gives nothing when the mark cannot be stored', async (subject) => {
      const outcomes = await send(
        subject,
        probe({ handOver: () => Promise.reject(new Error('store gone')) }),
      );
      assert.deepEqual(states(outcomes), ['deferred', 'deferred']);
      await nothingAccepted(subject);
    });

    clause('accepts', 'gives nothing when the message cannot be read', async (subject) => {
      const one = probe({ message: () => Promise.reject(new Error('store gone')) });
      assert.deepEqual(states(await send(subject, one)), ['deferred', 'deferred']);
      assert.equal(one.handOvers, 0);
      await nothingAccepted(subject);
    });

    clause('accepts', 'gives nothing when it is aborted before', async (subject) => {
      const one = probe();
      one.abort();
      assert.deepEqual(states(await send(subject, one)), ['deferred', 'deferred']);
      assert.equal(one.handOvers, 0);
      await nothingAccepted(subject);
    });

    clause('accepts', 'gives nothing when it is aborted while the mark is stored', async (subject) => {
      const one = probe({ handOver: async () => one.abort() });
      assert.deepEqual(states(await send(subject, one)), ['deferred', 'deferred']);
      await nothingAccepted(subject);
    });

    clause('accepts', 'leaves the request as it was', async (subject) => {
      const one = probe();
      const before = JSON.stringify(one.request);
      await send(subject, one);
      assert.equal(JSON.stringify(one.request), before);
    });

    clause('accepts', 'takes many messages at a time', async (subject) => {
      const count = 25;
      const all = await Promise.all(Array.from({ length: count }, () => send(subject, probe())));
      assert.ok(all.flat().every((outcome) => outcome.state === 'sent'));
      assert.equal((await acceptedInTheEnd(subject)).length, count);
    });

    clause('accepts', 'says that an upstream which works would take mail', async (subject) => {
      const verifying = subject.transport.verify(new AbortController().signal);
      assert.deepEqual(await within(patienceMs, verifying, 'verify() did not come to an end.'), { ok: true });
      await nothingAccepted(subject);
    });

    clause('accepts', 'can be closed twice, and still answers', async (subject) => {
      await within(patienceMs, subject.transport.close(), 'close() did not come to an end.');
      await within(patienceMs, subject.transport.close(), 'The second close() did not come to an end.');
      await send(subject, probe());
    });

    clause('refuses-one', 'keeps a refused recipient apart from an accepted one', async (subject) => {
      const outcomes = await send(subject, probe());
      assert.equal(stateOf(outcomes, TRANSPORT_CONTRACT_RECIPIENTS[0]), 'sent');
      assert.equal(stateOf(outcomes, TRANSPORT_CONTRACT_RECIPIENTS[1]), 'bounced');
      assert.deepEqual((await acceptedInTheEnd(subject))[0]?.to, [TRANSPORT_CONTRACT_RECIPIENTS[0]]);
    });

    clause('refuses-for-now', 'defers what is refused for now', async (subject) => {
      assert.deepEqual(states(await send(subject, probe())), ['deferred', 'deferred']);
      await nothingAccepted(subject);
    });

    clause('refuses-for-good', 'bounces what is refused for good', async (subject) => {
      assert.deepEqual(states(await send(subject, probe())), ['bounced', 'bounced']);
      await nothingAccepted(subject);
    });

    clause(
      'unreachable',
      'defers when the upstream cannot be reached, and does not read the message',
      async (subject) => {
        const one = probe();
        const outcomes = await send(subject, one);
        assert.deepEqual(states(outcomes), ['deferred', 'deferred']);
        assert.deepEqual(scopes(outcomes), ['transport', 'transport']);
        assert.equal(one.handOvers, 0);
        if (readsFirst === undefined) assert.equal(one.reads, 0, 'The message was read for nobody.');
        else assert.notEqual(readsFirst.trim(), '', 'To read the message first needs a reason.');
      },
    );

    clause(
      'unreachable',
      'says that an upstream which cannot be reached would take no mail',
      async (subject) => {
        const verifying = subject.transport.verify(new AbortController().signal);
        const verification = await within(patienceMs, verifying, 'verify() did not come to an end.');
        assert.equal(verification.ok, false);
      },
    );

    clause(
      'refuses-connection',
      'blames no recipient when the upstream refuses the connection',
      async (subject) => {
        const outcomes = await send(subject, probe());
        assert.deepEqual(states(outcomes), ['deferred', 'deferred']);
        assert.ok(outcomes.every((one) => one.state === 'sent' || one.failure.suppress === 'no'));
      },
    );

    clause(
      'refuses-credentials',
      'blames our account when the upstream refuses the credentials',
      async (subject) => {
        const outcomes = await send(subject, probe());
        assert.deepEqual(states(outcomes), ['deferred', 'deferred']);
        assert.deepEqual(classes(outcomes), ['our_account', 'our_account']);
        await nothingAccepted(subject);
      },
    );

    clause('offers-no-encryption', 'tells nobody the credentials in clear', async (subject) => {
      const outcomes = await send(subject, probe());
      assert.deepEqual(states(outcomes), ['deferred', 'deferred']);
      const overheard = subject.overheard?.() ?? '';
      for (const secret of subject.secrets ?? []) {
        const forms = [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '')];
        assert.ok(!forms.some((form) => overheard.includes(form)), 'A secret was told in clear.');
      }
      await nothingAccepted(subject);
    });

    clause('hangs', 'ends at the deadline of the attempt', async (subject) => {
      const one = probe();
      const sending = send(subject, one);
      setTimeout(() => one.abort(new DOMException('deadline', 'TimeoutError')), 50);
      assert.ok((await sending).every((outcome) => outcome.state !== 'sent' && outcome.state !== 'bounced'));
      await nothingAccepted(subject);
    });

    clause('hangs', 'ends when it is aborted, and blames nobody for that', async (subject) => {
      const one = probe();
      const sending = send(subject, one);
      setTimeout(() => one.abort(), 50);
      const outcomes = await sending;
      assert.ok(outcomes.every((outcome) => outcome.state === 'deferred' || outcome.state === 'uncertain'));
      const sure = outcomes.filter((outcome) => outcome.state === 'deferred');
      assert.deepEqual(
        scopes(sure),
        sure.map(() => 'none'),
        'Our own end was blamed on somebody.',
      );
    });

    clause('hangs', 'ends what is under way when it is closed', async (subject) => {
      const sending = send(subject, probe());
      setTimeout(() => void subject.transport.close(), 50);
      assert.ok((await sending).every((outcome) => outcome.state !== 'sent' && outcome.state !== 'bounced'));
    });

    clause(
      'loses-before-end',
      'defers, and is sure, when the connection is lost before the end',
      async (subject) => {
        const outcomes = await send(subject, probe());
        assert.deepEqual(states(outcomes), ['deferred', 'deferred']);
        await nothingAccepted(subject);
      },
    );

    clause('loses-after-end', 'is uncertain when only the answer is lost', async (subject) => {
      const one = probe();
      assert.deepEqual(states(await send(subject, one)), ['uncertain', 'uncertain']);
      assert.equal(one.handOvers, 1);
    });
  });
}

function probe(changes: Partial<Pick<TransportRequest, 'message' | 'handOver'>> = {}): Probe {
  const controller = new AbortController();
  const one: Probe = {
    handOvers: 0,
    reads: 0,
    abort: (reason) => controller.abort(reason),
    request: Object.freeze({
      mailId: '01contractcontractcontract',
      messageId: '<contract@example.test>',
      envelope: ENVELOPE,
      smtpUtf8: false,
      sizeBytes: MESSAGE.length,
      stream: 'transactional',
      tags: Object.freeze(['contract']),
      metadata: Object.freeze({}),
      signal: controller.signal,
      message: () => {
        one.reads++;
        return changes.message?.() ?? MESSAGE;
      },
      handOver: () => {
        one.handOvers++;
        return changes.handOver?.();
      },
    }),
  };
  return one;
}

function states(outcomes: readonly DeliveryOutcome[]): readonly string[] {
  return outcomes.map((outcome) => outcome.state);
}

function stateOf(outcomes: readonly DeliveryOutcome[], address: string): string | undefined {
  return outcomes.find((outcome) => outcome.address === address)?.state;
}

function scopes(outcomes: readonly DeliveryOutcome[]): readonly string[] {
  return outcomes.map((outcome) => (outcome.state === 'sent' ? 'none' : outcome.failure.scope));
}

function classes(outcomes: readonly DeliveryOutcome[]): readonly string[] {
  return outcomes.map((outcome) => (outcome.state === 'sent' ? 'none' : outcome.failure.class));
}

async function within<T>(ms: number, promise: Promise<T>, otherwise: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: otherwise })), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
