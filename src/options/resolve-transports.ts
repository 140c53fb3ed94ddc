import type { TransportDefinition } from '../transports/transport-definition.js';
import { transportFromUrl } from '../transports/transport-url.js';
import type { DeliveryMode } from './delivery-option.js';
import type { MailRelayOptions } from './mail-relay-options.js';
import { describeGiven } from './option-problem.js';
import type { Problems } from './problems.js';
import type { StaticOptions } from './static-options.js';

const NAME = /^[\w.-]{1,64}$/;
const EXPECTED = 'expected a URL, or what smtp(), capture(), log() or memory() return';

/** The transports that `transport` or `transports` declare; the ones of `transportClasses` come later. */
export function resolveTransports(
  options: MailRelayOptions,
  known: StaticOptions,
  mode: DeliveryMode,
  problems: Problems,
): readonly TransportDefinition[] {
  const { transport, transports } = options;
  if (transport !== undefined && transports !== undefined) {
    problems.add('transport', 'given beside transports. Keep one of them.');
  }
  const given = transports ?? (transport === undefined ? defaultTransports(known, problems) : [transport]);
  const found: TransportDefinition[] = [];
  for (const [i, one] of given.entries()) {
    const path = transports ? `transports[${i}]` : 'transport';
    const definition = resolveTransport(path, one, problems);
    if (!definition) continue;
    checkName(path, definition, found, known, problems);
    if (!definition.live) refuseInProduction(path, known, mode, problems);
    found.push(definition);
  }
  return found;
}

function resolveTransport(path: string, given: unknown, problems: Problems): TransportDefinition | undefined {
  if (typeof given === 'string') return problems.attempt(path, () => transportFromUrl(given));
  if (isDefinition(given)) return given;
  problems.add(path, `given ${describeGiven(path, given)}, ${EXPECTED}.`);
  return undefined;
}

function defaultTransports(known: StaticOptions, problems: Problems): readonly string[] {
  if (known.transportClasses.length > 0) return [];
  if (known.environment !== 'production') return ['capture:.mail'];
  problems.add(
    'transport',
    'none is given. Set it to the URL of your SMTP relay: smtps://user:password@host.',
  );
  return [];
}

function checkName(
  path: string,
  { name }: TransportDefinition,
  before: readonly TransportDefinition[],
  known: StaticOptions,
  problems: Problems,
): void {
  if (!NAME.test(name)) {
    problems.add(path, 'has a name that is none. Use 1 to 64 letters, digits, dots, - and _.');
  } else if (before.some((one) => one.name === name) || known.transportClasses.includes(name)) {
    problems.add(path, `the name "${name}" is taken by another transport. Give each a name of its own.`);
  }
}

function refuseInProduction(
  path: string,
  known: StaticOptions,
  mode: DeliveryMode,
  problems: Problems,
): void {
  if (known.environment !== 'production' || mode === 'capture') return;
  problems.add(
    path,
    "keeps mail on this machine, and in production nobody would get it. Use a live transport, or say delivery: 'capture'.",
  );
}

function isDefinition(value: unknown): value is TransportDefinition {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'kind' in value &&
    typeof value.kind === 'string' &&
    'open' in value &&
    typeof value.open === 'function'
  );
}
