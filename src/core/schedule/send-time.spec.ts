import vm from 'node:vm';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MailRelayError } from '../mail-relay-error.js';
import { resolveSendAt } from './send-time.js';

const numRuns = Math.ceil(Number(process.env['FUZZ_RUNS'] ?? 1000) / 4);

function resolved(input: unknown): string {
  return new Date(resolveSendAt(input, 'sendAt')).toISOString();
}

function refusalOf(input: unknown): MailRelayError {
  try {
    resolveSendAt(input, 'sendAt');
  } catch (error) {
    expect(error).toBeInstanceOf(MailRelayError);
    return error as MailRelayError;
  }
  throw new Error(`accepted: ${String(input)}`);
}

describe('resolveSendAt', () => {
  it('takes a Date, also of another realm', () => {
    expect(resolved(new Date('2027-03-28T09:00:00.123Z'))).toBe('2027-03-28T09:00:00.123Z');
    expect(resolved(vm.runInNewContext("new Date('2027-03-28T09:00:00Z')"))).toBe('2027-03-28T09:00:00.000Z');
  });

  it.each([
    ['2027-03-28T09:00Z', '2027-03-28T09:00:00.000Z'],
    ['2027-03-28T09:00:01Z', '2027-03-28T09:00:01.000Z'],
    ['2027-03-28T09:00:01.5Z', '2027-03-28T09:00:01.500Z'],
    ['2027-03-28T09:00:01.123456789Z', '2027-03-28T09:00:01.123Z'],
    ['2027-03-28T09:00:00+02:00', '2027-03-28T07:00:00.000Z'],
    ['2027-03-28T09:00-09:30', '2027-03-28T18:30:00.000Z'],
    ['2028-02-29T23:59:59+00:00', '2028-02-29T23:59:59.000Z'],
  ])('reads %s', (text, expected) => {
    expect(resolved(text)).toBe(expected);
  });

  it.each([
    '2027-03-28T09:00',
    '2027-03-28T09:00:00',
    '2027-03-28T09:00:00.123',
    '2027-03-28',
    '2027-03-28 09:00',
  ])('refuses %s, which has no offset, and names both remedies', (text) => {
    const { message } = refusalOf(text);
    expect(message).toContain('+02:00');
    expect(message).toContain('timeZone');
  });

  it.each([
    '2027-02-29T09:00Z',
    '2027-13-01T09:00Z',
    '2027-00-01T09:00Z',
    '2027-01-00T09:00Z',
    '2027-01-01T24:00Z',
    '2027-01-01T09:60Z',
    '2027-01-01T09:00:60Z',
    '2027-01-01T09:00+24:00',
    '2027-01-01T09:00+02:60',
    '2027-01-01T09:00+0200',
    '2027-01-01 09:00Z',
    '2027-01-01T09:00Z\n',
    ' 2027-01-01T09:00Z',
    '+002027-01-01T09:00Z',
    'tomorrow',
    '',
    '1'.repeat(1_000_000),
    null,
    1_800_000_000_000,
    [new Date()],
    new Date('nonsense'),
    {},
    { local: '2027-01-01T09:00' },
    { local: '2027-01-01T09:00', timeZone: null },
    { local: '2027-01-01T09:00Z', timeZone: 'UTC' },
    { local: '2027-02-30T09:00', timeZone: 'UTC' },
    { local: '2027-01-01T09:00', timeZone: 'Nowhere/Atlantis' },
    { local: '2027-01-01T09:00', timeZone: '+02:00' },
    { local: '2027-01-01T09:00', timeZone: '' },
    { local: '2027-01-01T09:00', timeZone: 'U'.repeat(1_000_000) },
    Object.create({ local: '2027-01-01T09:00', timeZone: 'UTC' }),
  ])('refuses case %#', (input) => {
    const error = refusalOf(input);
    expect(error.code).toBe('ERR_MAIL_RELAY_DRAFT');
    expect(error.field).toMatch(/^sendAt(?:\.local|\.timeZone)?$/);
  });

  it.each([
    ['a common time', '2027-07-01T09:00', 'Europe/Berlin', '2027-07-01T07:00:00.000Z'],
    ['seconds', '2027-07-01T09:00:30', 'Asia/Kathmandu', '2027-07-01T03:15:30.000Z'],
    ['UTC', '2027-07-01T09:00', 'UTC', '2027-07-01T09:00:00.000Z'],
    ['midnight', '2027-07-01T00:00', 'America/New_York', '2027-07-01T04:00:00.000Z'],
    ['the last moment before a gap', '2027-03-28T01:59:59', 'Europe/Berlin', '2027-03-28T00:59:59.000Z'],
    ['the start of a gap', '2027-03-28T02:00', 'Europe/Berlin', '2027-03-28T01:00:00.000Z'],
    ['the middle of a gap', '2027-03-28T02:30', 'Europe/Berlin', '2027-03-28T01:00:00.000Z'],
    ['the end of a gap', '2027-03-28T02:59:59', 'Europe/Berlin', '2027-03-28T01:00:00.000Z'],
    ['the first moment after a gap', '2027-03-28T03:00', 'Europe/Berlin', '2027-03-28T01:00:00.000Z'],
    ['a gap west of Greenwich', '2027-03-14T02:30', 'America/New_York', '2027-03-14T07:00:00.000Z'],
    ['a gap of half an hour', '2027-10-03T02:15', 'Australia/Lord_Howe', '2027-10-02T15:30:00.000Z'],
    ['a gap of a day', '2011-12-30T12:00', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
    ['the start of an overlap', '2027-10-31T02:00', 'Europe/Berlin', '2027-10-31T00:00:00.000Z'],
    ['the middle of an overlap', '2027-10-31T02:30', 'Europe/Berlin', '2027-10-31T00:30:00.000Z'],
    ['the first moment after an overlap', '2027-10-31T03:00', 'Europe/Berlin', '2027-10-31T02:00:00.000Z'],
    ['an overlap west of Greenwich', '2027-11-07T01:30', 'America/New_York', '2027-11-07T05:30:00.000Z'],
  ])('reads %s', (_case, local, timeZone, expected) => {
    expect(resolved({ local, timeZone })).toBe(expected);
  });

  it('gives the first moment at which the clocks of the zone show the time', () => {
    const zones = [
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Africa/Casablanca',
      'America/St_Johns',
    ];
    // Every quarter of an hour: the changes of these zones lie on such moments.
    const instants = fc.integer({ min: 1_900_000, max: 2_100_000 }).map((n) => n * 900_000);
    fc.assert(
      fc.property(fc.constantFrom(...zones), instants, (timeZone, instant) => {
        const local = localTimeOf(instant, timeZone);
        const first = resolveSendAt({ local, timeZone }, 'sendAt');
        expect(localTimeOf(first, timeZone)).toBe(local);
        expect(first).toBeLessThanOrEqual(instant);
        expect(instant - first).toBeLessThanOrEqual(3_600_000);
      }),
      { numRuns },
    );
  });

  it('keeps no more than a bounded number of time zones', () => {
    for (const timeZone of Intl.supportedValuesOf('timeZone').slice(0, 80)) {
      expect(resolveSendAt({ local: '2027-07-01T09:00', timeZone }, 'sendAt')).toBeGreaterThan(0);
    }
  });
});

function localTimeOf(instant: number, timeZone: string): string {
  return new Date(instant).toLocaleString('sv-SE', { timeZone }).replace(' ', 'T');
}
