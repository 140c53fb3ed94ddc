import { describe, it } from 'vitest';
import { SystemClock } from '../../src/clock/system-clock.js';
import {
  describeTransportContract,
  TRANSPORT_CONTRACT_RECIPIENTS,
  type AcceptedMessage,
  type TransportContractSubject,
  type TransportScenario,
} from '../../src/testing/transport-contract.js';
import { HttpMailApi, type ApiFate, type ApiRequest } from '../support/http-mail-api.js';
import { PROVIDER_NAMES, providerFake, SECRET, type ProviderFake } from '../support/provider-fakes.js';

const [, GONE] = TRANSPORT_CONTRACT_RECIPIENTS;
const MAINTENANCE = { status: 503, body: '<html><body><h1>503 Service Unavailable</h1></body></html>' };

const CANNOT = {
  'offers-no-encryption': 'its address is https, or one of this machine',
  'loses-before-end': 'a request of this size leaves at once',
} as const;

function fateOf(fake: ProviderFake, scenario: TransportScenario, request: ApiRequest): ApiFate {
  const refused = (which: (address: string) => boolean) => fake.recipients(request).filter(which);
  switch (scenario) {
    case 'refuses-one':
      return fake.answer(
        request,
        refused((address) => address === GONE),
      );
    case 'refuses-for-good':
      return fake.answer(
        request,
        refused(() => true),
      );
    case 'refuses-for-now':
      return fake.tooMany;
    case 'refuses-connection':
      return MAINTENANCE;
    case 'refuses-credentials':
      return fake.unauthorized;
    case 'hangs':
      return 'hang';
    case 'loses-after-end':
      return 'lose';
    default:
      return fake.answer(request, []);
  }
}

async function subject(fake: ProviderFake, scenario: TransportScenario): Promise<TransportContractSubject> {
  const accepted: AcceptedMessage[] = [];
  const log: string[] = [];
  const api = await HttpMailApi.start((request) => {
    if (request.path.split('?')[0] !== fake.sendPath) return fake.checked;
    const fate = fateOf(fake, scenario, request);
    if (typeof fate === 'object' && fate.status < 300) {
      const all = fake.recipients(request);
      const to = scenario === 'refuses-one' ? all.filter((address) => address !== GONE) : all;
      if (to.length > 0 && scenario !== 'refuses-for-good')
        accepted.push({ to, message: fake.message(request) });
    }
    return fate;
  });
  const write = (line: string) => void log.push(line);
  const setup = { relay: 'default', clock: new SystemClock(), notice: write, warn: write };
  const transport = fake.open({ baseUrl: api.url }).open(setup);
  if (scenario === 'unreachable') await api.close();
  return {
    transport,
    secrets: [SECRET],
    logged: () => log.join('\n'),
    accepted: () => (fake.takes === 'raw' ? joined(accepted) : accepted),
    dispose: () => api.close(),
  };
}

/** One that gives each recipient a request of its own gives all of them the same message. */
function joined(accepted: readonly AcceptedMessage[]): readonly AcceptedMessage[] {
  const to = [...new Set(accepted.flatMap((one) => one.to))];
  return accepted
    .filter((one) => one.to.includes(TRANSPORT_CONTRACT_RECIPIENTS[0]))
    .map(({ message }) => ({ to, message }));
}

/** What the suite's message says, wherever a provider wants it. */
function saysTheSame(_given: Buffer, accepted: Buffer): boolean {
  const text = accepted.toString();
  return ['shop@example.test', 'ada@example.test', '"contract"', '.a line that begins with a dot'].every(
    (part) => text.includes(part),
  );
}

for (const name of PROVIDER_NAMES) {
  const fake = providerFake(name);
  describeTransportContract({
    describe,
    it,
    name,
    cannot: {
      ...CANNOT,
      ...(name === 'sparkpost' && {
        'loses-after-end': 'each recipient has a request of its own, and after a loss the next is not asked',
      }),
    },
    readsFirst: 'the length of a request stands in its header',
    ...(fake.takes === 'parsed' && { isSameMessage: saysTheSame }),
    setup: (scenario) => subject(fake, scenario),
  });
}
