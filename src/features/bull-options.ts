import { MailRelayError } from '../core/mail-relay-error.js';

const SPOOL = ['redis', 'createClient', 'retention', 'assumeDurable'];
const PLACE = ['namespace', 'lanes'];
const FACTORY = ['imports', 'inject', 'useFactory'];
const RETENTION: ReadonlySet<string> = new Set(['finishedMs', 'keptMs', 'eventsMs', 'maxEvents']);
const DURABLE: ReadonlySet<unknown> = new Set([undefined, true, false, 'everysec', 'fsync']);

/**
 * Looks at what `withBull()` is given where the module is defined.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS`, with everything that is wrong
 */
export function checkBullPlace(options: object): void {
  const isAsync = 'useFactory' in options;
  const problems = unknownOptions(options, [...PLACE, ...(isAsync ? FACTORY : SPOOL)]);
  refuse(isAsync ? problems : [...problems, ...spoolProblems(options)]);
}

/**
 * Looks at what the factory of `withBull()` gave.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS`, with everything that is wrong
 */
export function checkBullOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null) return refuse(['useFactory must give an object']);
  refuse([...unknownOptions(options, [...PLACE, ...SPOOL]), ...spoolProblems(options)]);
}

function spoolProblems(options: {
  readonly retention?: unknown;
  readonly assumeDurable?: unknown;
}): readonly string[] {
  const { retention = {}, assumeDurable } = options;
  const problems: string[] = [];
  if (!DURABLE.has(assumeDurable)) problems.push("assumeDurable must be a boolean, 'everysec' or 'fsync'");
  if (typeof retention !== 'object' || retention === null) {
    return [...problems, `retention must be an object with ${Array.from(RETENTION).join(', ')}`];
  }
  for (const [name, value] of Object.entries(retention)) {
    if (!RETENTION.has(name)) problems.push(`retention.${name} is no option`);
    else if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {
      problems.push(
        `retention.${name} must be ${name === 'maxEvents' ? 'a whole number' : 'whole milliseconds'}`,
      );
    }
  }
  return problems;
}

function unknownOptions(options: object, known: readonly string[]): readonly string[] {
  return Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => `${name} is no option`);
}

function refuse(problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new MailRelayError(
    'ERR_MAIL_RELAY_OPTIONS',
    `The options of withBull() are wrong: ${problems.join('; ')}.`,
    { field: 'features' },
  );
}
