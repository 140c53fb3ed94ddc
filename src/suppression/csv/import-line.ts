import { MailRelayError } from '../../core/mail-relay-error.js';
import { cleanRemoteText } from '../../core/failure/smtp-reply.js';
import type { SuppressionImportOptions } from '../suppression-list.js';
import type { StoredSuppression } from '../suppression-store.js';
import { isHashedSubject, type SuppressionSubjects } from '../suppression-subjects.js';
import {
  isSuppressionReason,
  isSuppressionScope,
  SUPPRESSION_REASONS,
  type SuppressionReason,
  type SuppressionScope,
} from '../suppression.js';
import type { CsvColumns } from './csv-columns.js';

/** What a line is read with. */
export interface LineContext {
  readonly columns: CsvColumns;
  readonly options: SuppressionImportOptions;
  readonly subjects: SuppressionSubjects;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** @throws MailRelayError that says what is wrong with the line, without the address */
export function readImportLine(fields: readonly string[], context: LineContext): StoredSuppression {
  const { columns, options, now } = context;
  const createdAt = readTime(columns.read(fields, 'created_at'), 'created_at') ?? now;
  const expiresAt = readTime(columns.read(fields, 'expires_at'), 'expires_at');
  if (expiresAt !== undefined && expiresAt <= now)
    refuse('expires_at', 'lies in the past: leave the line out');
  return {
    subject: readSubject(fields, context),
    tenant: columns.read(fields, 'tenant') || (options.tenant ?? ''),
    scope: readScope(columns.read(fields, 'scope'), options.scope),
    reason: readReason(columns.read(fields, 'reason'), options.reason),
    source: cleanRemoteText(columns.read(fields, 'source')).slice(0, 200) || options.source,
    createdAt: Math.min(createdAt, now),
    seenAt: now,
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

function readSubject(fields: readonly string[], { columns, subjects }: LineContext): string {
  const address = columns.read(fields, 'address');
  const domain = columns.read(fields, 'domain');
  const hash = columns.read(fields, 'hash');
  if ([address, domain, hash].filter((value) => value !== '').length !== 1) {
    refuse('address, domain and hash', 'are to name one of them: fill exactly one');
  }
  if (address !== '') return subjects.ofAddress(subjects.parseAddress(address, 'address'));
  if (domain !== '') return subjects.parseDomain(domain, 'domain');
  if (!isHashedSubject(hash))
    refuse('hash', 'is not one that an export wrote: use the value as it was exported');
  return hash;
}

function readScope(told: string, fallback: SuppressionScope = 'all'): SuppressionScope {
  if (told === '') return fallback;
  return isSuppressionScope(told) ? told : refuse('scope', 'is none: write all, marketing or stream:<name>');
}

function readReason(
  told: string,
  fallback: SuppressionImportOptions['reason'] = 'manual',
): SuppressionReason {
  if (typeof fallback === 'function')
    return fallback(told) ?? refuse('reason', 'was not understood by the option reason');
  if (told === '') return fallback;
  return isSuppressionReason(told)
    ? told
    : refuse('reason', `is none of ${SUPPRESSION_REASONS.join(', ')}: translate it with the option reason`);
}

/** ISO 8601, or seconds since the epoch as some providers write. */
function readTime(told: string, column: string): number | undefined {
  if (told === '') return undefined;
  const ms = /^\d{9,10}$/.test(told) ? Number(told) * 1000 : Date.parse(told);
  return Number.isNaN(ms) ? refuse(column, 'is no time: write 2027-01-31T12:00:00Z') : ms;
}

function refuse(column: string, reason: string): never {
  throw new MailRelayError('ERR_MAIL_RELAY_SUPPRESSION', `${column} ${reason}.`, { field: column });
}
