import { types } from 'node:util';
import { kindOf } from '../kind-of.js';
import { ownFields } from '../own-fields.js';
import { refuseDraft } from '../refusal.js';
import { firstInstantOf } from './zoned-time.js';

const LOCAL = String.raw`([12]\d{3})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)`;
const ISO_WITH_OFFSET = new RegExp(String.raw`^${LOCAL}(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):(\d\d))$`);
const ISO_LOCAL = new RegExp(`^${LOCAL})?$`);
const LOOKS_LOCAL = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?$/;
const ASKED = 'be a Date, an ISO 8601 string with offset, or an object with local and timeZone';

/**
 * Reads the moment a draft may go: a valid Date, an ISO 8601 string with `Z` or offset, or a local time in a time
 * zone. Asks no clock: whether the moment has passed is for the caller to judge.
 *
 * @param input a Date, string or `LocalTime`, not yet checked
 * @param field the path that errors name
 * @returns milliseconds since the epoch
 * @throws `ERR_MAIL_RELAY_DRAFT`
 * @internal
 */
export function resolveSendAt(input: unknown, field: string): number {
  if (types.isDate(input)) return readDate(input, field);
  if (typeof input === 'string') return readIso(input, field);
  if (typeof input === 'object' && input !== null && !Array.isArray(input))
    return readLocalTime(input, field);
  return refuseDraft(field, ASKED, `it is ${kindOf(input)}: pass one of these`);
}

function readDate(date: Date, field: string): number {
  const time = date.getTime();
  if (Number.isNaN(time)) refuseDraft(field, ASKED, 'it is an invalid Date: check how it was made');
  return time;
}

function readIso(text: string, field: string): number {
  const match = ISO_WITH_OFFSET.exec(text);
  if (match === null) {
    if (LOOKS_LOCAL.test(text)) {
      refuseDraft(
        field,
        ASKED,
        'it is a time without offset, which means another moment on each machine: add Z or an offset such as ' +
          "+02:00, or pass { local: 'YYYY-MM-DDTHH:mm', timeZone: 'Europe/Berlin' }",
      );
    }
    refuseDraft(field, ASKED, 'it is another string: write it as YYYY-MM-DDTHH:mm:ssZ');
  }
  const [, , , , , , , fraction = '', sign, hours, minutes] = match;
  const offsetMinutes = sign === undefined ? 0 : Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes));
  if (Number(hours ?? 0) > 23 || Number(minutes ?? 0) > 59) refuseNonexistent(field);
  return wallTime(match, field) + Number(fraction.slice(0, 3).padEnd(3, '0')) - offsetMinutes * 60_000;
}

function readLocalTime(input: object, field: string): number {
  const { local, timeZone } = ownFields(input);
  if (typeof local !== 'string' || typeof timeZone !== 'string') {
    refuseDraft(
      field,
      ASKED,
      `local is ${kindOf(local)} and timeZone is ${kindOf(timeZone)}: pass two strings, such as ` +
        "{ local: 'YYYY-MM-DDTHH:mm', timeZone: 'Europe/Berlin' }",
    );
  }
  const match = ISO_LOCAL.exec(local);
  if (match === null) {
    refuseDraft(
      `${field}.local`,
      'be a local time without offset',
      'it is another string: write it as YYYY-MM-DDTHH:mm or YYYY-MM-DDTHH:mm:ss',
    );
  }
  return firstInstantOf(wallTime(match, `${field}.local`), timeZone, `${field}.timeZone`);
}

/** The matched date and time as if they were UTC. */
function wallTime(match: RegExpExecArray, field: string): number {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part: string | undefined) => Number(part ?? 0));
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(time);
  // Date.UTC carries over: the 30th of February would become a day in March.
  const exists = back.getUTCMonth() === month - 1 && back.getUTCDate() === day && hour < 24 && minute < 60;
  if (!exists || second > 59) refuseNonexistent(field);
  return time;
}

function refuseNonexistent(field: string): never {
  refuseDraft(field, 'be a date and time that exist', 'a part of it is out of range: correct it');
}
