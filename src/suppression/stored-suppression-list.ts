import { Readable } from 'node:stream';
import { MailRelayError } from '../core/mail-relay-error.js';
import type { Clock } from '../core/schedule/clock.js';
import { toCell } from './csv/cell.js';
import { CsvColumns, SUPPRESSION_COLUMNS } from './csv/csv-columns.js';
import { readImportLine } from './csv/import-line.js';
import { readCsv } from './csv/read-csv.js';
import { hasExpired } from './merge-suppression.js';
import {
  SuppressionList,
  type NewSuppression,
  type SuppressionImport,
  type SuppressionImportOptions,
  type SuppressionImportProblem,
  type SuppressionPage,
  type SuppressionQuery,
  type SuppressionSelector,
  type SuppressionTarget,
} from './suppression-list.js';
import type { StoredSuppression, SuppressionStore } from './suppression-store.js';
import { describeSubject, type SuppressionSubjects } from './suppression-subjects.js';
import { isSuppressionReason, isSuppressionScope, type Suppression } from './suppression.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;
/** Entries that are stored, or read, in one go. */
const GROUP = 500;
const MAX_PROBLEMS = 100;

/** The suppression list of a relay over its store. */
export class StoredSuppressionList extends SuppressionList {
  readonly #store: SuppressionStore;
  readonly #subjects: SuppressionSubjects;
  readonly #clock: Clock;

  constructor(store: SuppressionStore, subjects: SuppressionSubjects, clock: Clock) {
    super();
    this.#store = store;
    this.#subjects = subjects;
    this.#clock = clock;
  }

  async add(entry: NewSuppression): Promise<void> {
    const { scope = 'all', reason = 'manual', tenant = '', source, expiresAt } = entry;
    checkKind(scope, reason);
    const now = this.#clock.now();
    if (expiresAt !== undefined && !(expiresAt.getTime() > now)) {
      refuse('expiresAt', 'must lie in the future, or be left out for never');
    }
    const stored: StoredSuppression = {
      tenant,
      subject: this.#targetSubject(entry),
      scope,
      reason,
      source,
      createdAt: now,
      seenAt: now,
      ...(expiresAt && { expiresAt: expiresAt.getTime() }),
    };
    await this.#store.put([stored], now);
  }

  async remove(which: SuppressionSelector): Promise<number> {
    const { scope, reason, tenant = '' } = which;
    checkKind(scope, reason);
    const subjects =
      'address' in which && which.address !== undefined
        ? this.#subjects.namesOf(this.#subjects.parseAddress(which.address, 'address'))
        : [this.#targetSubject(which)];
    const removed = await this.#store.remove({ tenant, subjects, scope, reason });
    // Or the next soft bounce would count on those before, and bring the entry back.
    const isOfSoftBounces =
      (reason === undefined || reason === 'soft-bounces') && (scope === undefined || scope === 'all');
    if (isOfSoftBounces) await this.#store.clearMarks(tenant, subjects, this.#clock.now());
    return removed;
  }

  async find(
    address: string,
    { tenant = '' }: { readonly tenant?: string | undefined } = {},
  ): Promise<readonly Suppression[]> {
    const subjects = this.#subjects.allOf(this.#subjects.parseAddress(address, 'address'));
    const found = await this.#store.find(tenant, subjects);
    const now = this.#clock.now();
    return found.filter((entry) => !hasExpired(entry, now)).map(toSuppression);
  }

  async list({ tenant, cursor, limit = DEFAULT_LIMIT }: SuppressionQuery = {}): Promise<SuppressionPage> {
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
      refuse('limit', `must be a whole number from 1 to ${MAX_LIMIT}`);
    const page = await this.#store.page({ tenant, cursor, limit });
    return { ...page, entries: page.entries.map(toSuppression) };
  }

  exportCsv({ tenant }: { readonly tenant?: string | undefined } = {}): Readable {
    return Readable.from(this.#csv(tenant), { objectMode: false, encoding: 'utf8' });
  }

  async importCsv(
    source: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
    options: SuppressionImportOptions = {},
  ): Promise<SuppressionImport> {
    checkKind(options.scope, typeof options.reason === 'function' ? undefined : options.reason);
    const problems: SuppressionImportProblem[] = [];
    let columns: CsvColumns | undefined;
    let group: StoredSuppression[] = [];
    let lines = 0;
    let taken = 0;
    const store = async (): Promise<void> => {
      options.signal?.throwIfAborted();
      if (group.length > 0) await this.#store.put(group, this.#clock.now());
      taken += group.length;
      group = [];
    };
    const refused = (line: number, reason: string): void => {
      const problem = { line, reason };
      if (problems.length < MAX_PROBLEMS) problems.push(problem);
      options.onProblem?.(problem);
    };
    for await (const { line, fields } of readCsv(source)) {
      if (!columns) {
        columns = new CsvColumns(fields ?? [], options.columns);
        continue;
      }
      lines++;
      if (!fields) {
        refused(line, 'It is too long for an entry: is a quote missing?');
        continue;
      }
      try {
        group.push(
          readImportLine(fields, { columns, options, subjects: this.#subjects, now: this.#clock.now() }),
        );
      } catch (error) {
        if (!MailRelayError.is(error)) throw error;
        refused(line, error.message);
      }
      if (group.length >= GROUP) await store();
    }
    columns ??= new CsvColumns([], options.columns);
    await store();
    return { lines, taken, refused: lines - taken, problems };
  }

  async *#csv(tenant: string | undefined): AsyncGenerator<string> {
    yield `${SUPPRESSION_COLUMNS.join(',')}\r\n`;
    let cursor: string | undefined;
    do {
      const page = await this.#store.page({ tenant, cursor, limit: GROUP });
      const now = this.#clock.now();
      const entries = page.entries.filter((entry) => !hasExpired(entry, now));
      if (entries.length > 0) yield entries.map(csvLine).join('');
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  #targetSubject(target: SuppressionTarget): string {
    const { address, domain }: { readonly address?: unknown; readonly domain?: unknown } = { ...target };
    if ((address === undefined) === (domain === undefined)) {
      refuse('address', 'or domain must be given, and only one of them');
    }
    if (address !== undefined)
      return this.#subjects.ofAddress(this.#subjects.parseAddress(address, 'address'));
    if (typeof domain !== 'string') return refuse('domain', 'must be a string');
    return this.#subjects.parseDomain(domain, 'domain');
  }
}

function toSuppression(entry: StoredSuppression): Suppression {
  const { subject, scope, reason, tenant, source, createdAt, seenAt, expiresAt } = entry;
  return {
    ...describeSubject(subject),
    scope,
    reason,
    tenant,
    ...(source !== undefined && { source }),
    createdAt: new Date(createdAt),
    seenAt: new Date(seenAt),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }),
  };
}

function csvLine(entry: StoredSuppression): string {
  const { address = '', domain = '', hash = '' } = describeSubject(entry.subject);
  const { scope, reason, tenant, source = '', createdAt, expiresAt } = entry;
  const cells = [
    address,
    domain,
    hash,
    scope,
    reason,
    tenant,
    source,
    isoTime(createdAt),
    isoTime(expiresAt),
  ];
  return `${cells.map(toCell).join(',')}\r\n`;
}

function isoTime(ms: number | undefined): string {
  return ms === undefined ? '' : new Date(ms).toISOString();
}

function checkKind(scope: string | undefined, reason: string | undefined): void {
  if (scope !== undefined && !isSuppressionScope(scope)) {
    refuse('scope', "must be 'all', 'marketing' or 'stream:' with the name of a stream");
  }
  if (reason !== undefined && !isSuppressionReason(reason))
    refuse('reason', 'must be one of SUPPRESSION_REASONS');
}

function refuse(field: string, rule: string): never {
  throw new MailRelayError('ERR_MAIL_RELAY_SUPPRESSION', `${field} ${rule}. Nothing was changed.`, { field });
}
