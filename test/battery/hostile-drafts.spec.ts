import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  MAIL_RELAY_ERROR_CODES,
  MailRelayError,
  smtp,
  type DeliveryReport,
  type MailDraft,
} from 'nestjs-mail-relay';
import { Spool } from '../../src/spool/spool.js';
import { RelayApp } from '../support/relay-app.js';
import { SmtpSink, type SinkMessage } from '../support/smtp-sink.js';
import { TemplateFolder } from '../support/template-folder.js';
import { headerFields, longestLine, strictEnds } from './battery-relay.js';
import { draftOf, hostilePlan, type DraftPlan } from './hostile-draft.js';
import { CONTROL_CHARACTER } from './hostile-text.js';
import { LogRecord } from './log-record.js';
import { RequestedMail } from './requested-mail.js';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 1_500);
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
const BATCH = 50;

/** What became of one draft. */
type Outcome =
  | { readonly kind: 'refused' }
  | { readonly kind: 'sent' | 'waits' | 'expired'; readonly report: DeliveryReport };

let sink: SmtpSink;
let relay: RelayApp;
let folder: TemplateFolder;
let log: LogRecord;
const crashes: unknown[] = [];
const onCrash = (error: unknown) => void crashes.push(error);
const counts = { drafts: 0, sent: 0, refused: 0, waits: 0, expired: 0 };
let waiting = 0;

beforeAll(async () => {
  process.on('unhandledRejection', onCrash);
  process.on('uncaughtException', onCrash);
  sink = await SmtpSink.start();
  folder = await TemplateFolder.with({
    'note.hbs': '<p>Note for {{name}}</p>',
    'note.de.hbs': '<p>Notiz für {{name}}</p>',
    'note.subject.hbs': 'Note for {{name}}',
  });
  relay = await RelayApp.start({
    // Not live: nothing is divided among domains, so that each mail is one transaction however many go at once.
    transport: { ...smtp({ url: sink.url, maxConnections: 8 }), live: false },
    templates: { dir: folder.dir },
    shutdown: { drainMs: 1_000 },
  });
  log = LogRecord.start();
});

afterAll(async () => {
  log.stop();
  await relay.close();
  await sink.close();
  await folder.remove();
  process.off('unhandledRejection', onCrash);
  process.off('uncaughtException', onCrash);
});

describe('A draft full of hostile text', () => {
  it(
    'is refused with a clear error, or mailed exactly as asked',
    async () => {
      const started = performance.now();
      for (let from = 0; from < RUNS; from += BATCH) {
        const seed = (SEED + from) % 2 ** 31;
        const size = Math.min(BATCH, RUNS - from);
        const plans = fc.sample(hostilePlan, { numRuns: size, seed });
        try {
          await check(plans);
        } catch (error) {
          throw await smallest(plans, seed, error);
        }
      }
      const seconds = (performance.now() - started) / 1_000;
      const share = counts.sent / counts.drafts;
      console.info(
        `${counts.drafts} hostile drafts in ${seconds.toFixed(1)} s, seed ${SEED}: ` +
          `${(100 * share).toFixed(1)} % sent, ${counts.refused} refused, ` +
          `${counts.waits} for later, ${counts.expired} expired`,
      );
      // A property that refuses nearly everything proves nearly nothing.
      expect(share).toBeGreaterThan(0.4);
      expect(await relay.app.get(Spool).counts()).toMatchObject({ pending: waiting, claimed: 0 });
    },
    Math.max(60_000, RUNS * 60),
  );
});

describe('A draft of odd objects', () => {
  const draft = { to: 'ada@example.test', subject: 'Hello', text: 'Hello' };
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  let deep: object = {};
  for (let i = 0; i < 20_000; i++) deep = { deep };
  const trap = () => 'evil';

  it.each<[string, () => object]>([
    ['a context that holds itself, with a key', () => ({ context: cyclic, idempotencyKey: 'cyclic' })],
    ['a context 20 000 objects deep, with a key', () => ({ context: deep, idempotencyKey: 'deep' })],
    [
      'a context whose prototype has none, with a key',
      () => ({ context: Object.create(Object.create(null) as object), idempotencyKey: 'bare' }),
    ],
    [
      'a value without a constructor, with a key',
      () => ({
        context: { value: Object.create({ constructor: undefined }) as unknown },
        idempotencyKey: 'made',
      }),
    ],
    [
      'a stream in name',
      () => ({ attachments: [{ content: { pipe: 1, destroy: 1, on: 1, [Symbol.asyncIterator]: 1 } }] }),
    ],
    [
      'a web stream in name',
      () => ({ attachments: [{ content: { getReader: 1, cancel: 1, locked: false } }] }),
    ],
    [
      'a web stream that answers',
      () => ({ attachments: [{ content: { getReader: trap, cancel: trap, locked: false } }] }),
    ],
    [
      'a web stream that answers, in a draft refused for another field',
      () => ({ to: 'ada', attachments: [{ content: { getReader: trap, cancel: trap, locked: false } }] }),
    ],
    [
      'a stream that fails at once, in a draft refused for another field',
      () => ({ to: 'ada', attachments: [{ content: new Readable().destroy(new Error('evil')) }] }),
    ],
  ])('is refused with a clear error or mailed, with %s', async (_, fields) => {
    const settled = await relay.mail.send({ ...draft, ...fields() }).then(
      ({ ok }) => (ok ? undefined : 'not sent'),
      (error: unknown) => refusalProblem(error),
    );
    await new Promise(setImmediate);
    forget();
    expect(settled).toBeUndefined();
    expect(crashes.splice(0)).toEqual([]);
  });
});

/** Gives drafts to the relay side by side, then looks at what all of them left behind. */
async function check(plans: readonly DraftPlan[]): Promise<void> {
  const before = sink.messageCount;
  const given = await Promise.allSettled(plans.map((plan) => give(plan)));
  const failed = given.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const outcomes = given.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const sent = outcomes.filter(({ kind }) => kind === 'sent').length;
  await sink.waitFor(() => sink.messageCount >= before + sent, `${sent} messages`);
  await eventsTold(outcomes);

  const messages = new Map(sink.messages.map((message) => [message.header('Message-ID') ?? '', message]));
  const problems: string[] = [];
  for (const [i, outcome] of outcomes.entries()) {
    const plan = plans[i];
    if (plan === undefined) continue;
    counts.drafts++;
    counts[outcome.kind]++;
    if (outcome.kind === 'waits') waiting++;
    if (outcome.kind === 'refused') continue;
    const found = await problemsOf(plan, outcome, messages.get(outcome.report.messageId));
    problems.push(...found.map((problem) => `${problem}\n  in ${shown(plan)}`));
  }
  problems.push(...commandProblems(plans, outcomes), ...eventProblems(plans, outcomes));
  if (messages.size !== sent || sink.messages.length !== sent) {
    problems.push(`${sent} mails were sent, and the sink has ${sink.messages.length}`);
  }
  problems.push(...log.lines.filter((line) => !isCleanLine(line)).map((line) => `the log line ${line}`));
  problems.push(...crashes.splice(0).map((crash) => `the process nearly ended: ${inspect(crash)}`));
  forget();
  if (problems.length > 0) throw new Error(problems.slice(0, 5).join('\n'));
}

/** Lets go of what was looked at, so that a long run takes no more memory than a short one. */
function forget(): void {
  sink.messages.length = 0;
  relay.events.length = 0;
  log.lines.length = 0;
  for (const session of sink.sessions) {
    session.commands.length = 0;
    session.transactions.length = 0;
  }
}

async function give(plan: DraftPlan): Promise<Outcome> {
  const draft = draftOf(plan) as MailDraft;
  let report: DeliveryReport | undefined;
  try {
    if (plan.via === 'send') report = await relay.mail.send(draft);
    else {
      const { mailId } = await relay.mail.queue(draft);
      await expect.poll(() => stateOf(mailId), { interval: 1, timeout: 10_000 }).toBe('told');
      report = await relay.mail.status(mailId);
    }
  } catch (error) {
    const problem = refusalProblem(error);
    if (problem !== undefined) throw new Error(`${problem}\n  in ${shown(plan)}`, { cause: error });
    return { kind: 'refused' };
  }
  if (report === undefined) throw new Error(`nothing is known of a mail\n  in ${shown(plan)}`);
  const states = new Set(report.recipients.map(({ state }) => state));
  const [recipient] = report.recipients;
  if (states.size === 1 && states.has('sent')) return { kind: 'sent', report };
  if (states.size === 1 && isLater(recipient?.nextAttemptAt)) return { kind: 'waits', report };
  if (states.size === 1 && recipient?.state === 'failed' && plan.fields['expiresIn'] !== undefined)
    return { kind: 'expired', report };
  throw new Error(`neither sent nor refused: ${inspect(report, { depth: 5 })}\n  in ${shown(plan)}`);
}

/** `queued` while the mail is on its way, `later` when it waits for its moment. */
/** A mail waits while one of its recipients does: many mails at once keep a domain at its limit for a moment. */
async function stateOf(mailId: string): Promise<'waits' | 'told'> {
  const recipients = (await relay.mail.status(mailId))?.recipients ?? [];
  const waits = recipients.some(
    ({ state, nextAttemptAt }) => (state === 'queued' || state === 'held') && !isLater(nextAttemptAt),
  );
  return waits ? 'waits' : 'told';
}

function isLater(at: Date | undefined): boolean {
  return at !== undefined && at.getTime() > Date.now() + 60_000;
}

function isCleanLine(line: string): boolean {
  return !CONTROL_CHARACTER.test(line) && !line.includes('@') && !line.includes('evil');
}

function refusalProblem(error: unknown): string | undefined {
  if (!MailRelayError.is(error)) return `failed with something else than a MailRelayError: ${inspect(error)}`;
  const { code, message, field = '' } = error;
  if (!MAIL_RELAY_ERROR_CODES.includes(code)) return `failed with the unknown code ${code}`;
  if (message === '' || message.length > 1_500)
    return `failed with a message of ${message.length} characters`;
  if (CONTROL_CHARACTER.test(message) || CONTROL_CHARACTER.test(field))
    return `failed with a control character in ${JSON.stringify(message)} of ${JSON.stringify(field)}`;
  // A template's name is the application's own, and what is asked for is told to whoever misspelt it.
  if (message.includes('evil.test') && code !== 'ERR_MAIL_RELAY_TEMPLATE_NOT_FOUND')
    return `failed with what was given in ${message}`;
  if (message.includes('please report')) return `was found unsafe only when it was composed: ${message}`;
  return undefined;
}

async function problemsOf(
  plan: DraftPlan,
  { kind }: Outcome,
  message: SinkMessage | undefined,
): Promise<readonly string[]> {
  if (kind !== 'sent') return message === undefined ? [] : [`${kind}, and on the wire`];
  if (message === undefined) return ['sent, and not on the wire'];
  const wanted = new RequestedMail(plan);
  const problems = [...wireProblems(message, wanted)];
  problems.push(...(await wanted.differencesIn(message)));
  return problems;
}

function* wireProblems(message: SinkMessage, wanted: RequestedMail): Generator<string> {
  const { bareCr, bareLf, nul, lenientEnds } = message;
  if (bareCr + bareLf + nul > 0) yield `${bareCr} bare CR, ${bareLf} bare LF and ${nul} NUL on the wire`;
  if (strictEnds(message) !== 1 || lenientEnds !== 1)
    yield `${strictEnds(message)} ends of data, ${lenientEnds} for a lenient server`;
  if (longestLine(message) > 998) yield `a line of ${longestLine(message)} octets`;
  if (!wanted.needsUtf8 && message.raw.some((octet) => octet > 127)) yield 'an octet above 127';
  if (message.from !== wanted.mailFrom) yield `MAIL FROM ${message.from} instead of ${wanted.mailFrom}`;
  const [recipients, asked] = [message.to.join(' '), wanted.recipients.join(' ')];
  if (recipients !== asked) yield `RCPT TO ${recipients} instead of ${asked}`;

  const fields = headerFields(message);
  const contentType = fields.find(([name]) => name === 'content-type')?.[1] ?? '';
  const found = fields.map(([name]) => name).toSorted();
  const expected = wanted.headerNames(contentType);
  if (found.join() !== expected.join()) yield `the headers ${found.join()} instead of ${expected.join()}`;
}

/** Every command line that the server heard must belong to a mail that was asked for, and the other way round. */
function commandProblems(plans: readonly DraftPlan[], outcomes: readonly Outcome[]): readonly string[] {
  const heard: string[] = [];
  const problems: string[] = [];
  for (const { commands } of sink.sessions) {
    for (const line of commands) {
      if (/^MAIL FROM:<[^<>]*>(?: BODY=8BITMIME| SMTPUTF8| SIZE=\d+)*$/.test(line)) {
        heard.push(line.slice(0, line.indexOf('>') + 1));
      } else if (heard.length > 0 && (/^RCPT TO:<[^<>]*>$/.test(line) || line === 'DATA')) {
        heard.push(`${heard.pop()}\n${line}`);
      } else if (!/^(?:EHLO \[127\.0\.0\.1\]|EHLO [\w.-]+|QUIT)$/.test(line)) {
        problems.push(`the command ${JSON.stringify(line)}`);
      }
    }
  }
  const asked = plans.flatMap((plan, i) => (outcomes[i]?.kind === 'sent' ? [commandsOf(plan)] : []));
  const [all, expected] = [heard.toSorted().join('\n'), asked.toSorted().join('\n')];
  return all === expected ? problems : [...problems, `the commands ${all}\ninstead of ${expected}`];
}

function commandsOf(plan: DraftPlan): string {
  const { mailFrom, recipients } = new RequestedMail(plan);
  return [`MAIL FROM:<${mailFrom}>`, ...recipients.map((to) => `RCPT TO:<${to}>`), 'DATA'].join('\n');
}

/** Refused drafts are told of nowhere; the others with their labels as they were given. */
function eventProblems(plans: readonly DraftPlan[], outcomes: readonly Outcome[]): readonly string[] {
  const known = new Map<string, DraftPlan>();
  for (const [i, outcome] of outcomes.entries()) {
    const plan = plans[i];
    if (outcome.kind !== 'refused' && plan !== undefined) known.set(outcome.report.mailId, plan);
  }
  return relay.events.flatMap(({ mailId, type, tags, metadata, tenant, stream }) => {
    const plan = known.get(mailId);
    if (plan === undefined) return [`the event ${type} of a mail that nobody sent`];
    const wanted = JSON.stringify(new RequestedMail(plan).labels);
    const told = JSON.stringify({ tags, metadata: Object.entries(metadata), tenant, stream });
    return told === wanted ? [] : [`an event with ${told} instead of ${wanted}`];
  });
}

/** Waits until each recipient's events were told: `queued`, and what became of it. */
async function eventsTold(outcomes: readonly Outcome[]): Promise<void> {
  let expected = 0;
  for (const outcome of outcomes) {
    if (outcome.kind !== 'refused')
      expected += outcome.report.recipients.length * (outcome.kind === 'waits' ? 1 : 2);
  }
  const deadline = Date.now() + 10_000;
  // So many at once keep a domain at its limit: those that wait for a moment are told as held, and go on.
  const told = (): number => relay.events.filter(({ type }) => type !== 'held').length;
  while (told() < expected && Date.now() < deadline) await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect(told()).toBe(expected);
}

/** Looks for the smallest draft that fails, one at a time. */
async function smallest(plans: readonly DraftPlan[], seed: number, first: unknown): Promise<Error> {
  // Events of the mails that did not fail may still be under way.
  for (let i = 0; i < 100; i++) await new Promise(setImmediate);
  forget();
  const property = fc.asyncProperty(hostilePlan, (plan) => check([plan]));
  const details = await fc.check(property, { seed, numRuns: plans.length, interruptAfterTimeLimit: 60_000 });
  const { counterexample, errorInstance } = details;
  if (counterexample === null) return new Error(`fails only side by side (seed ${seed})`, { cause: first });
  const plan = shown(counterexample[0]);
  return new Error(`${String(errorInstance)}\nsmallest draft (seed ${seed}): ${plan}`, { cause: first });
}

function shown(plan: DraftPlan): string {
  const fields = Object.fromEntries(Object.entries(plan.fields).filter(([, value]) => value !== undefined));
  const text = inspect(
    { via: plan.via, fields },
    { depth: 6, maxStringLength: 400, maxArrayLength: 20, breakLength: 120 },
  );
  return text.length > 6_000 ? `${text.slice(0, 6_000)}…` : text;
}
