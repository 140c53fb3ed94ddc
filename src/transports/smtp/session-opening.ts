import { ask, type Asked } from './ask.js';
import { authenticate } from './authentication.js';
import { NO_CAPABILITIES, parseEhlo, type EhloCapabilities } from './ehlo-capabilities.js';
import type { SmtpErrorEvidence } from './smtp-error-evidence.js';
import { isLoopbackHost, type SmtpSettings } from './smtp-options.js';
import type { SmtpWire } from './smtp-wire.js';

/** A session that takes mail, or why there is none. @internal */
export type OpenedSession =
  | { readonly ok: true; readonly capabilities: EhloCapabilities }
  | { readonly ok: false; readonly evidence: SmtpErrorEvidence };

/** EHLO is not known here, HELO may be (RFC 5321 §3.2). Any other refusal is one of us, and would be HELO's too. */
const UNKNOWN_COMMAND: ReadonlySet<number> = new Set([500, 502, 504]);

/**
 * Brings a connection to where mail can be given: greeting, EHLO, STARTTLS and EHLO again, AUTH. No credentials, and
 * where `requireTls` says so no mail, go over a connection that is not encrypted; TLS that is offered and fails is
 * never done without.
 *
 * @see RFC 5321 §3.1, RFC 3207, RFC 4954
 * @internal
 */
export async function openSession(wire: SmtpWire, settings: SmtpSettings): Promise<OpenedSession> {
  const { auth, requireTls, replyTimeoutMs } = settings;
  const greeting = await ask(wire, replyTimeoutMs, 'greeting', undefined, (code) => code === 220);
  if (!greeting.ok) return greeting;
  let hello = await sayHello(wire, settings, auth === undefined && !requireTls);
  if (!hello.ok) return hello;

  if (!wire.isEncrypted && hello.capabilities.startTls) {
    const goAhead = await ask(wire, replyTimeoutMs, 'tls', 'STARTTLS', (code) => code === 220);
    if (!goAhead.ok) return failed(beforeTls(goAhead.evidence));
    await wire.encrypt();
    if (wire.ended !== undefined) return failed(wire.ended);
    // What was offered in clear may have been anybody's offer.
    hello = await sayHello(wire, settings, false);
    if (!hello.ok) return hello;
  }
  const { capabilities } = hello;
  if (requireTls && !wire.isEncrypted)
    return failed({ provenance: 'local', stage: 'tls', errorCode: 'ETLS' });
  if (auth === undefined) return hello;

  const isHere = settings.plaintextAuth && isLoopbackHost(wire.remoteAddress);
  if (!wire.isEncrypted && !isHere) return failed({ provenance: 'local', stage: 'tls', errorCode: 'ETLS' });
  wire.stage = 'auth';
  const evidence = await authenticate(wire, settings, auth, capabilities);
  return evidence === undefined ? hello : failed(evidence);
}

async function sayHello(wire: SmtpWire, settings: SmtpSettings, mayBeOld: boolean): Promise<OpenedSession> {
  const say = (verb: string): Promise<Asked> =>
    ask(wire, settings.replyTimeoutMs, 'ehlo', `${verb} ${settings.ehloName}`, (code) => code === 250);
  const answer = await say('EHLO');
  if (answer.ok) return { ok: true, capabilities: parseEhlo(answer.reply.raw) };
  if (!mayBeOld || !UNKNOWN_COMMAND.has(answer.evidence.reply?.code ?? 0)) return answer;
  const old = await say('HELO');
  return old.ok ? { ok: true, capabilities: NO_CAPABILITIES } : old;
}

/** A connection that is lost before a handshake has begun says nothing about TLS. */
function beforeTls(evidence: SmtpErrorEvidence): SmtpErrorEvidence {
  return evidence.provenance === 'network' ? { ...evidence, stage: 'ehlo' } : evidence;
}

function failed(evidence: SmtpErrorEvidence): OpenedSession {
  return { ok: false, evidence };
}
