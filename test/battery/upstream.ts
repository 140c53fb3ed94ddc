import { expect } from 'vitest';
import type { DeliveryOutcome } from '../../src/core/failure/delivery-outcome.js';
import { TestClock } from '../../src/testing/test-clock.js';
import type { MailTransport } from '../../src/transports/mail-transport.js';
import type { SmtpTransportOptions } from '../../src/transports/smtp/smtp-options.js';
import {
  reply,
  SmtpSink,
  times,
  type SinkFault,
  type SinkFaults,
  type SmtpSinkOptions,
} from '../support/smtp-sink.js';
import { sinkRequest, sinkTransport } from '../support/smtp-sink-request.js';
import { CONTROL_CHARACTER } from './hostile-text.js';

/** Where an upstream can misbehave, in the order of a session. */
export const UPSTREAM_STAGES = [
  'connect',
  'ehlo',
  'starttls',
  'auth',
  'mail',
  'rcpt',
  'data',
  'eod',
  'rset',
  'quit',
] as const;
export type UpstreamStage = (typeof UPSTREAM_STAGES)[number];

/** State and class of a recipient: `deferred network`, `sent`. */
export type Verdict = string;

const AUTH = { user: 'shop', pass: 'open sesame' };
/** The relay as it is met in the wild: STARTTLS, then AUTH. */
const RELAY: SmtpSinkOptions = { tls: 'starttls', auth: AUTH };

/** An upstream that misbehaves, a transport to it, and what became of what was given. */
export class Upstream {
  private constructor(
    readonly sink: SmtpSink,
    readonly transport: MailTransport,
    private readonly clock: TestClock | undefined,
  ) {}

  /** @param clock by which deadlines pass: those of a slow machine do not */
  static async start(
    sinkOptions: SmtpSinkOptions = {},
    options: SmtpTransportOptions = {},
    clock?: TestClock,
  ): Promise<Upstream> {
    const sink = await SmtpSink.start({ ...RELAY, ...sinkOptions });
    return new Upstream(sink, sinkTransport(sink, options, clock === undefined ? {} : { clock }), clock);
  }

  /** Lets time pass until something is over. */
  async outwaits<T>(something: Promise<T>): Promise<T> {
    const { clock } = this;
    if (clock === undefined) return something;
    const progress = { isOver: false };
    const end = something.finally(() => {
      progress.isOver = true;
    });
    while (!progress.isOver) {
      await clock.advance(1_000);
      await new Promise(setImmediate);
    }
    return end;
  }

  /** Gives one mail, and looks at what must hold of every outcome. */
  async send(changes: Parameters<typeof sinkRequest>[0] = {}): Promise<readonly DeliveryOutcome[]> {
    const { outcomes } = await this.transport.send(sinkRequest(changes));
    for (const outcome of outcomes) {
      const text =
        outcome.state === 'sent' ? (outcome.reply?.text ?? '') : (outcome.failure.reply?.text ?? '');
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
      expect(text).not.toMatch(CONTROL_CHARACTER);
      if (outcome.state !== 'sent') expect(outcome.failure.summary).not.toMatch(CONTROL_CHARACTER);
    }
    expect(JSON.stringify(outcomes)).not.toContain(AUTH.pass);
    return outcomes;
  }

  async sendOne(changes: Parameters<typeof sinkRequest>[0] = {}): Promise<DeliveryOutcome> {
    const [outcome] = await this.send(changes);
    return outcome ?? expect.unreachable();
  }

  async close(): Promise<void> {
    await this.outwaits(this.transport.close());
    await this.sink.close();
  }
}

export function verdictOf(outcome: DeliveryOutcome): Verdict {
  return outcome.state === 'sent' ? 'sent' : `${outcome.state} ${outcome.failure.class}`;
}

/**
 * One fault at one stage: what becomes of the mail that meets it. Whatever it is, nothing is lost or given twice, and
 * when the fault is over the next mail is sent.
 *
 * @param isEndless whether only a deadline ends it
 */
export async function meets(
  stage: UpstreamStage,
  fault: SinkFault,
  sinkOptions: SmtpSinkOptions = {},
  isEndless = false,
): Promise<Verdict> {
  let isMet = false;
  const meet = () => {
    isMet = true;
    return fault;
  };
  const faults: SinkFaults = { [stage]: meet };
  const upstream = await Upstream.start(
    { ...sinkOptions, faults },
    {},
    isEndless ? new TestClock() : undefined,
  );
  const { sink } = upstream;
  try {
    if (stage === 'rset') {
      sink.faults = { ...faults, rcpt: times(1, reply('550 5.1.1 No such user')) };
      expect(verdictOf(await upstream.sendOne())).toBe('bounced hard.recipient');
      expect(sink.messageCount).toBe(0);
    }
    const sending = upstream.sendOne();
    if (isEndless && stage !== 'rset' && stage !== 'quit')
      await expect.poll(() => isMet, { timeout: 20_000 }).toBe(true);
    const verdict = verdictOf(
      await (stage === 'rset' || stage === 'quit' ? sending : upstream.outwaits(sending)),
    );
    // A sink that drips its answer keeps the message when it has said the last of it.
    if (verdict === 'sent') await sink.waitForMessages(1);
    const kept = sink.messageCount;
    if (verdict !== 'sent' && !verdict.startsWith('uncertain')) expect(kept).toBe(0);
    if (stage === 'quit') {
      // A connection is idle only a turn after its mail.
      for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
      const closing = upstream.transport.close();
      await expect.poll(() => isMet, { timeout: 20_000 }).toBe(true);
      await upstream.outwaits(closing);
      expect(sink.messageCount).toBe(kept);
      return verdict;
    }
    expect(isMet).toBe(true);
    sink.faults = {};
    expect(verdictOf(await upstream.sendOne())).toBe('sent');
    expect(sink.messageCount).toBe(kept + 1);
    return verdict;
  } finally {
    await upstream.close();
  }
}

/** What is expected by stage; `*` stands for those not named. */
export type Expected = Partial<Record<UpstreamStage | '*', Verdict>>;

export function expectedAt(stage: UpstreamStage, expected: Expected): Verdict | undefined {
  // What comes after the answer to the dot, or between two mails, is no mail's business.
  if (stage === 'rset' || stage === 'quit') return 'sent';
  return expected[stage] ?? expected['*'];
}
