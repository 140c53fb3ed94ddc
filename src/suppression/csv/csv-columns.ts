import { MailRelayError } from '../../core/mail-relay-error.js';
import type { SuppressionColumn } from '../suppression-list.js';
import { fromCell } from './cell.js';

/** The columns of what is exported, in this order. */
export const SUPPRESSION_COLUMNS = [
  'address',
  'domain',
  'hash',
  'scope',
  'reason',
  'tenant',
  'source',
  'created_at',
  'expires_at',
] as const satisfies readonly SuppressionColumn[];

/** What other programs call the column of addresses. */
const ADDRESS_NAMES = ['address', 'email', 'e-mail', 'email address', 'emailaddress', 'recipient'];

/** Where each column stands in a file. */
export class CsvColumns {
  readonly #places: ReadonlyMap<SuppressionColumn, number>;

  /** @throws MailRelayError `ERR_MAIL_RELAY_SUPPRESSION` when nobody could be found by this header */
  constructor(header: readonly string[], named: Partial<Record<SuppressionColumn, string>> = {}) {
    const titles = header.map((title) => fromCell(title).toLowerCase());
    const places = new Map<SuppressionColumn, number>();
    for (const column of SUPPRESSION_COLUMNS) {
      const given = named[column];
      const names = given === undefined ? namesOf(column) : [given.trim().toLowerCase()];
      const place = titles.findIndex((title) => names.includes(title));
      if (place !== -1) places.set(column, place);
      else if (given !== undefined)
        refuseHeader(`it has no column "${given}", which columns.${column} names`);
    }
    if (!(['address', 'domain', 'hash'] as const).some((column) => places.has(column))) {
      refuseHeader('it names none of address, email, domain and hash');
    }
    this.#places = places;
  }

  /** Empty for a column that the file has not. */
  read(fields: readonly string[], column: SuppressionColumn): string {
    const place = this.#places.get(column);
    return place === undefined ? '' : fromCell(fields[place] ?? '');
  }
}

function namesOf(column: SuppressionColumn): readonly string[] {
  return column === 'address' ? ADDRESS_NAMES : [column];
}

function refuseHeader(reason: string): never {
  throw new MailRelayError(
    'ERR_MAIL_RELAY_SUPPRESSION',
    `The file must begin with a line that names its columns, but ${reason}. Nothing was imported: correct the first ` +
      'line, or name the columns with the option columns.',
  );
}
