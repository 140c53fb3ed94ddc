import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { SystemClock } from '../../src/clock/system-clock.js';
import {
  describeTransportContract,
  TRANSPORT_CONTRACT_RECIPIENTS,
  type TransportContractSubject,
  type TransportScenario,
} from '../../src/testing/transport-contract.js';
import { capture } from '../../src/transports/capture/capture.js';
import { log } from '../../src/transports/log/log.js';
import { memory } from '../../src/transports/memory/memory.js';
import type { MemoryTransport } from '../../src/transports/memory/memory.transport.js';
import { smtp } from '../../src/transports/smtp/smtp.js';
import type { TransportSetup } from '../../src/transports/transport-definition.js';
import { byAddress, close, reply, silence, SmtpSink, type SmtpSinkOptions } from '../support/smtp-sink.js';

const setup: TransportSetup = {
  relay: 'default',
  clock: new SystemClock(),
  notice: () => undefined,
  warn: () => undefined,
};
const AUTH = { user: 'shop', pass: 'open sesame' };
const SECRETS = [AUTH.pass];
const [, GONE] = TRANSPORT_CONTRACT_RECIPIENTS;

/** The relay as it is met in the wild: STARTTLS, then AUTH. */
const RELAY: SmtpSinkOptions = { auth: AUTH, tls: 'starttls' };

const SMTP_SCENARIOS: Readonly<Record<TransportScenario, SmtpSinkOptions>> = {
  accepts: RELAY,
  'refuses-one': { ...RELAY, faults: { rcpt: byAddress({ [GONE]: reply('550 5.1.1 No such user') }) } },
  'refuses-for-now': { ...RELAY, faults: { rcpt: reply('450 4.2.0 Greylisted') } },
  'refuses-for-good': { ...RELAY, faults: { rcpt: reply('550 5.1.1 No such user') } },
  unreachable: RELAY,
  'refuses-connection': { ...RELAY, faults: { connect: reply('554 5.7.1 Go away') } },
  'refuses-credentials': { ...RELAY, faults: { auth: reply('535 5.7.8 Bad credentials') } },
  'offers-no-encryption': { auth: AUTH },
  hangs: { ...RELAY, faults: { data: silence } },
  'loses-before-end': { ...RELAY, faults: { data: close } },
  'loses-after-end': { ...RELAY, faults: { eod: close } },
};

async function smtpSubject(
  scenario: TransportScenario,
  options: SmtpSinkOptions = {},
): Promise<TransportContractSubject> {
  const sink = await SmtpSink.start({ ...SMTP_SCENARIOS[scenario], ...options });
  const tls = sink.certificate === undefined ? {} : { ca: sink.certificate };
  const transport = smtp({ host: sink.host, port: sink.port, auth: AUTH, tls }).open(setup);
  if (scenario === 'unreachable') await sink.close();
  return {
    transport,
    secrets: SECRETS,
    accepted: () => sink.messages.map(({ to, raw }) => ({ to, message: raw })),
    overheard: () => sink.commands.join('\n'),
    dispose: () => sink.close(),
  };
}

describeTransportContract({ describe, it, name: 'smtp', setup: smtpSubject });

describeTransportContract({
  describe,
  it,
  name: 'smtp without pipelining',
  setup: (scenario) => smtpSubject(scenario, { pipelining: false }),
});

/** What holds for every transport that gives mail to nobody but this machine. */
const LOCAL = {
  'refuses-one': 'there is nobody who refuses',
  'refuses-for-now': 'there is nobody who refuses',
  'refuses-for-good': 'there is nobody who refuses',
  unreachable: 'there is nothing to reach',
  'refuses-connection': 'there is no connection',
  'refuses-credentials': 'there are no credentials',
  'offers-no-encryption': 'there is no connection',
  hangs: 'there is nobody to wait for',
  'loses-before-end': 'there is no connection',
  'loses-after-end': 'there is no connection',
} as const;

describeTransportContract({
  describe,
  it,
  name: 'memory',
  cannot: LOCAL,
  setup: () => {
    const transport = memory().open(setup) as MemoryTransport;
    return {
      transport,
      accepted: () => transport.messages.map(({ envelope, raw }) => ({ to: envelope.to, message: raw })),
      dispose: () => transport.clear(),
    };
  },
});

describeTransportContract({
  describe,
  it,
  name: 'log',
  cannot: LOCAL,
  setup: () => {
    const lines: string[] = [];
    let last: Buffer = Buffer.alloc(0);
    const transport = log().open({ ...setup, notice: (line) => void lines.push(line) });
    // A log keeps no octets: what is checked is that it read them, and wrote one line.
    const send = transport.send.bind(transport);
    transport.send = (request) =>
      send({
        ...request,
        message: async () => {
          last = await request.message();
          return last;
        },
      });
    return {
      transport,
      accepted: () => lines.map(() => ({ to: TRANSPORT_CONTRACT_RECIPIENTS, message: last })),
      dispose: () => undefined,
    };
  },
});

describeTransportContract({
  describe,
  it,
  name: 'capture',
  cannot: LOCAL,
  setup: async () => {
    const dir = await mkdtemp(join(tmpdir(), 'capture-'));
    let sent = 0;
    const transport = capture({ dir }).open(setup);
    const send = transport.send.bind(transport);
    // The suite gives every message the same id, and a folder keeps one file per id.
    transport.send = (request) => send({ ...request, mailId: `${request.mailId}-${++sent}` });
    return {
      transport,
      accepted: async () => {
        const files = (await readdir(dir)).filter((file) => file.endsWith('.eml') && !file.startsWith('.'));
        return Promise.all(
          files.map(async (file) => ({
            to: TRANSPORT_CONTRACT_RECIPIENTS,
            message: await readFile(join(dir, file)),
          })),
        );
      },
      dispose: () => rm(dir, { recursive: true }),
    };
  },
});
