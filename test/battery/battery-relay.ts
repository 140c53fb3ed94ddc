import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  MailRelayError,
  MailRelayModule,
  type DeliveryReport,
  type MailDraft,
  type MailRelayModuleOptions,
} from 'nestjs-mail-relay';
import { expect } from 'vitest';
import { Spool } from '../../src/spool/spool.js';
import { RelayApp } from '../support/relay-app.js';
import { SmtpSink, type SinkMessage, type SmtpSinkOptions } from '../support/smtp-sink.js';
import { CONTROL_CHARACTER } from './hostile-text.js';
import { LogRecord } from './log-record.js';

/** A draft that nothing is wrong with. */
export const DRAFT = { to: 'ada@example.test', subject: 'Hello', text: 'Hello Ada' } as const;

/** No error, event or log may hold these: where the attack would lead to. */
const CANARIES = ['evil.test', 'ada@example.test', 'hello@acme.test'];

export interface Refusal {
  /** The beginning of the path that the error must name. @default not looked at */
  readonly field?: string;
  readonly code?: string;
}

/** A relay, the server it speaks to, and what both left behind: what every row of the battery looks at. */
export class BatteryRelay {
  private constructor(
    readonly sink: SmtpSink,
    readonly relay: RelayApp,
    readonly log: LogRecord,
  ) {}

  static async start(
    sinkOptions: SmtpSinkOptions = {},
    options: MailRelayModuleOptions = {},
  ): Promise<BatteryRelay> {
    const sink = await SmtpSink.start(sinkOptions);
    const relay = await RelayApp.start({ transport: sink.url, ...options });
    return new BatteryRelay(sink, relay, LogRecord.start());
  }

  /** Sends a draft that must be accepted and taken by the server. */
  async sends(draft: MailDraft): Promise<{ report: DeliveryReport; message: SinkMessage }> {
    const before = this.sink.messages.length;
    const report = await this.relay.mail.send(draft);
    await turns();
    expect(report.recipients.map(({ state }) => state)).toEqual(report.recipients.map(() => 'sent'));
    const [message, ...more] = this.sink.messages.slice(before);
    if (message === undefined) throw new Error('the mail was sent, and the sink has no message');
    expect(more).toEqual([]);
    return { report, message };
  }

  /** Queues and sends a draft that must be refused, and looks for what it left behind (INV4, INV5). */
  async refuses(draft: unknown, { field, code }: Refusal = {}): Promise<MailRelayError> {
    const { sink, relay, log } = this;
    await turns();
    const before = [sink.transactions.length, relay.events.length, log.lines.length];
    const errors: MailRelayError[] = [];
    for (const give of ['queue', 'send'] as const) {
      const error = await this.#errorOf(give, draft);
      if (code === undefined) expect(error.code).toMatch(/^ERR_MAIL_RELAY_/);
      else expect(error.code).toBe(code);
      if (field !== undefined) expect(error.field?.slice(0, field.length)).toBe(field);
      expect(error.message).not.toMatch(CONTROL_CHARACTER);
      for (const canary of CANARIES) expect(error.message).not.toContain(canary);
      errors.push(error);
    }
    await turns();
    expect(await relay.app.get(Spool).counts()).toEqual({ pending: 0, claimed: 0, bytes: 0 });
    expect([sink.transactions.length, relay.events.length, log.lines.length]).toEqual(before);
    const [error] = errors;
    if (error === undefined) throw new Error('nothing was refused');
    return error;
  }

  /** Looks at what was logged so far: one line a record, no control characters, no addresses (INV4). */
  expectCleanLog(): void {
    for (const line of this.log.lines) {
      expect(line).not.toMatch(CONTROL_CHARACTER);
      for (const canary of CANARIES) expect(line).not.toContain(canary);
    }
  }

  async close(): Promise<void> {
    this.log.stop();
    await this.relay.close();
    await this.sink.close();
  }

  async #errorOf(give: 'queue' | 'send', draft: unknown): Promise<MailRelayError> {
    // What an application without types, or with a wrong one, may pass.
    const given = draft as MailDraft;
    try {
      await (give === 'queue' ? this.relay.mail.queue(given) : this.relay.mail.send(given));
    } catch (error) {
      if (MailRelayError.is(error)) return error;
      throw error;
    }
    // It must not count against what is refused next.
    await expect.poll(() => this.relay.app.get(Spool).counts()).toMatchObject({ pending: 0 });
    throw new Error(`${give}() took a draft that it should refuse: ${JSON.stringify(draft)?.slice(0, 300)}`);
  }
}

/** Boots an application whose options must be refused, and gives the error. */
export async function bootErrorOf(options: MailRelayModuleOptions): Promise<MailRelayError> {
  const root = {
    module: RootModule,
    imports: [MailRelayModule.forRoot({ from: 'hello@acme.test', ...options })],
  };
  try {
    const app = await NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
    await app.close();
  } catch (error) {
    if (MailRelayError.is(error, 'ERR_MAIL_RELAY_OPTIONS')) return error;
    throw error;
  }
  throw new Error('the options were taken');
}

@Module({})
class RootModule {}

/** Events are told a turn later, and what follows from them another one. */
async function turns(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(setImmediate);
}

/** What must hold of every message on the wire, whatever is in it. */
export function expectSafeOnWire(message: SinkMessage): void {
  expect({
    bareCr: message.bareCr,
    bareLf: message.bareLf,
    nul: message.nul,
    strictEnds: strictEnds(message),
    lenientEnds: message.lenientEnds,
  }).toEqual({ bareCr: 0, bareLf: 0, nul: 0, strictEnds: 1, lenientEnds: 1 });
  expect(longestLine(message)).toBeLessThanOrEqual(998);
}

/** How many ends of data a server sees that keeps to RFC 5321. */
export function strictEnds(message: SinkMessage): number {
  return `\r\n${message.wire.toString('latin1')}`.split(/\r\n\.(?=\r\n)/).length - 1;
}

export function longestLine(message: SinkMessage): number {
  let longest = 0;
  for (const line of message.raw.toString('latin1').split('\r\n')) longest = Math.max(longest, line.length);
  return longest;
}

/** The names of the headers, in lower case, as they stand. */
export function headerNames(message: SinkMessage): readonly string[] {
  return headerFields(message).map(([name]) => name);
}

/** Every header as its name in lower case and its unfolded value, as they stand. */
export function headerFields(message: SinkMessage): readonly (readonly [name: string, value: string])[] {
  const text = message.text;
  const end = text.indexOf('\r\n\r\n');
  const fields: string[] = [];
  for (const line of (end === -1 ? text : text.slice(0, end)).split('\r\n')) {
    if (/^[ \t]/.test(line) && fields.length > 0) fields[fields.length - 1] += line;
    else fields.push(line);
  }
  return fields.map((field) => {
    const colon = field.indexOf(':');
    return [field.slice(0, Math.max(0, colon)).toLowerCase(), field.slice(colon + 1).trim()];
  });
}

/** What stands behind the header, decoded as UTF-8. */
export function bodyOf(message: SinkMessage): string {
  const text = message.text;
  return text.slice(text.indexOf('\r\n\r\n') + 4);
}
