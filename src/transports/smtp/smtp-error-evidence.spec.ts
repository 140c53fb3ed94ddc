import { describe, expect, it } from 'vitest';
import type { SmtpStage } from '../../core/failure/delivery-failure.js';
import { socketErrorEvidence, type SmtpErrorEvidence } from './smtp-error-evidence.js';

const ROWS: readonly (readonly [
  title: string,
  error: unknown,
  at: SmtpStage,
  expected: SmtpErrorEvidence,
])[] = [
  [
    'refused by the system',
    { code: 'ECONNREFUSED', syscall: 'connect' },
    'conn',
    { provenance: 'network', stage: 'conn', errorCode: 'ECONNREFUSED' },
  ],
  [
    'not found in the DNS',
    { code: 'ENOTFOUND', syscall: 'getaddrinfo' },
    'conn',
    { provenance: 'network', stage: 'dns', errorCode: 'ENOTFOUND' },
  ],
  [
    'no answer from the DNS',
    { code: 'EAI_AGAIN', syscall: 'getaddrinfo' },
    'conn',
    { provenance: 'network', stage: 'dns', errorCode: 'EAI_AGAIN' },
  ],
  [
    'reset',
    { code: 'ECONNRESET', syscall: 'read' },
    'rcpt',
    { provenance: 'network', stage: 'rcpt', errorCode: 'ECONNRESET' },
  ],
  [
    'a certificate of nobody',
    { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    'tls',
    { provenance: 'network', stage: 'tls', errorCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
  ],
  [
    'an error without a code',
    new Error('550 5.1.1 in its text'),
    'mail',
    { provenance: 'network', stage: 'mail' },
  ],
  ['a code that is no text', { code: 550 }, 'mail', { provenance: 'network', stage: 'mail' }],
  ['no error at all', undefined, 'mail', { provenance: 'network', stage: 'mail' }],
];

describe('socketErrorEvidence', () => {
  it.each(ROWS)('reads: %s', (_, error, at, expected) => {
    expect(socketErrorEvidence(error, at)).toEqual(expected);
  });
});
