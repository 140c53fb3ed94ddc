import { describe, expect, it } from 'vitest';
import type { SmtpStage } from '../../core/failure/delivery-failure.js';
import { smtpErrorEvidence, type SmtpErrorEvidence } from './smtp-error-evidence.js';

interface Row {
  readonly title: string;
  readonly error: object;
  readonly at: SmtpStage;
  readonly expected: Omit<SmtpErrorEvidence, 'reply'> & { readonly code?: number };
}

const ROWS: readonly Row[] = [
  {
    title: 'refused by the system',
    error: { code: 'ECONNREFUSED', syscall: 'connect' },
    at: 'conn',
    expected: { provenance: 'network', stage: 'conn', errorCode: 'ECONNREFUSED' },
  },
  {
    title: 'not found in the DNS',
    error: { code: 'ENOTFOUND', syscall: 'getaddrinfo' },
    at: 'conn',
    expected: { provenance: 'network', stage: 'dns', errorCode: 'ENOTFOUND' },
  },
  {
    title: 'the DNS does not answer',
    error: { code: 'EAI_AGAIN', syscall: 'getaddrinfo' },
    at: 'conn',
    expected: { provenance: 'network', stage: 'dns', errorCode: 'EAI_AGAIN' },
  },
  {
    title: 'our time is over',
    error: { code: 'ETIMEDOUT' },
    at: 'greeting',
    expected: { provenance: 'timeout', stage: 'greeting', errorCode: 'ETIMEDOUT' },
  },
  {
    title: 'reset, told by nodemailer',
    error: { code: 'ESOCKET', originalCode: 'ECONNRESET', command: 'CONN' },
    at: 'rcpt',
    expected: { provenance: 'network', stage: 'rcpt', errorCode: 'ECONNRESET' },
  },
  {
    title: 'closed',
    error: { code: 'ECONNECTION', command: 'CONN' },
    at: 'eod',
    expected: { provenance: 'network', stage: 'eod', errorCode: 'ECONNECTION' },
  },
  {
    title: 'greeted with a refusal',
    error: { code: 'EPROTOCOL', command: 'CONN', response: '554 5.7.1 No' },
    at: 'greeting',
    expected: { provenance: 'smtp', stage: 'greeting', errorCode: 'EPROTOCOL', code: 554 },
  },
  {
    title: 'EHLO refused',
    error: { code: 'ECONNECTION', command: 'EHLO', response: '501 5.5.4 Bad name' },
    at: 'greeting',
    expected: { provenance: 'smtp', stage: 'ehlo', errorCode: 'ECONNECTION', code: 501 },
  },
  {
    title: 'HELO refused',
    error: { code: 'EPROTOCOL', command: 'HELO', response: '501 5.5.4 Bad name' },
    at: 'greeting',
    expected: { provenance: 'smtp', stage: 'ehlo', errorCode: 'EPROTOCOL', code: 501 },
  },
  {
    title: 'STARTTLS refused',
    error: { code: 'ETLS', command: 'STARTTLS', response: '454 4.7.0 Not now' },
    at: 'ehlo',
    expected: { provenance: 'smtp', stage: 'tls', errorCode: 'ETLS', code: 454 },
  },
  {
    title: 'closed in the handshake',
    error: { code: 'ETLS', command: 'CONN' },
    at: 'ehlo',
    expected: { provenance: 'network', stage: 'tls', errorCode: 'ETLS' },
  },
  {
    title: 'the certificate is nobody we know',
    error: { code: 'ESOCKET', originalCode: 'DEPTH_ZERO_SELF_SIGNED_CERT', command: 'CONN' },
    at: 'tls',
    expected: { provenance: 'network', stage: 'tls', errorCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
  },
  {
    title: 'AUTH refused',
    error: { code: 'EAUTH', command: 'AUTH PLAIN', response: '535 5.7.8 No' },
    at: 'ehlo',
    expected: { provenance: 'smtp', stage: 'auth', errorCode: 'EAUTH', code: 535 },
  },
  {
    title: 'nodemailer refuses the address',
    error: { code: 'EENVELOPE', command: 'API' },
    at: 'mail',
    expected: { provenance: 'local', stage: 'mail', errorCode: 'EENVELOPE' },
  },
  {
    title: 'the reply has no end',
    error: { code: 'EPROTOCOL', command: 'CONN' },
    at: 'rcpt',
    expected: { provenance: 'smtp', stage: 'rcpt', errorCode: 'EPROTOCOL', code: 0 },
  },
  {
    title: 'an answer that is no reply',
    error: { code: 'EMESSAGE', command: 'DATA', response: 'hello' },
    at: 'eod',
    expected: { provenance: 'smtp', stage: 'eod', errorCode: 'EMESSAGE', code: 0 },
  },
  {
    title: 'nothing that is known',
    error: {},
    at: 'mail',
    expected: { provenance: 'network', stage: 'mail' },
  },
];

describe('smtpErrorEvidence', () => {
  it.each(ROWS)('$title', ({ error, at, expected }) => {
    const { reply, ...evidence } = smtpErrorEvidence(
      Object.assign(new Error('text that nobody reads'), error),
      at,
    );
    const { code, ...rest } = expected;
    expect(evidence).toEqual(rest);
    expect(reply?.code).toBe(code);
  });

  it.each([undefined, null, 'text', 42])('makes something of %j', (error) => {
    expect(smtpErrorEvidence(error, 'conn')).toEqual({ provenance: 'network', stage: 'conn' });
  });

  it('never decides by the text of an error', () => {
    const error = Object.assign(new Error('550 5.1.1 User unknown ECONNREFUSED'), { code: 'ECONNRESET' });
    expect(smtpErrorEvidence(error, 'rcpt')).toEqual({
      provenance: 'network',
      stage: 'rcpt',
      errorCode: 'ECONNRESET',
    });
  });
});
