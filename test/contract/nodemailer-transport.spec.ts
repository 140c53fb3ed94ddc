import { describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/clock/system-clock.js';
import {
  describeTransportContract,
  TRANSPORT_CONTRACT_RECIPIENTS,
  type AcceptedMessage,
  type TransportScenario,
} from '../../src/testing/transport-contract.js';
import { fromNodemailer } from '../../src/transports/nodemailer-plugin/from-nodemailer.js';
import type { NodemailerPlugin } from '../../src/transports/nodemailer-plugin/nodemailer-plugin.js';
import { sinkRequest, TRANSPORT_SETUP } from '../support/smtp-sink-request.js';

const [, GONE] = TRANSPORT_CONTRACT_RECIPIENTS;
const SECRET = 'open sesame';

interface PluginMail {
  readonly message: {
    createReadStream(): NodeJS.ReadableStream;
    getEnvelope(): { readonly from: string; readonly to: readonly string[] };
  };
}
type Callback = (error: Error | null, info?: object) => void;

const failure = (fields: object) => Object.assign(new Error(`failed with ${SECRET}`), fields);
const NO_SUCH_USER = {
  code: 'EENVELOPE',
  command: 'RCPT TO',
  responseCode: 550,
  response: '550 5.1.1 No such user',
};

/** A plugin as people write them: reads the message, then tells its upstream. */
function plugin(scenario: TransportScenario, accepted: AcceptedMessage[]): NodemailerPlugin {
  const before: Partial<Record<TransportScenario, object>> = {
    unreachable: { code: 'ECONNREFUSED', syscall: 'connect' },
    'refuses-connection': { code: 'ECONNECTION', command: 'CONN' },
    'refuses-credentials': {
      code: 'EAUTH',
      command: 'AUTH PLAIN',
      responseCode: 535,
      response: '535 5.7.8 No',
    },
    'refuses-for-now': {
      code: 'EENVELOPE',
      command: 'RCPT TO',
      responseCode: 450,
      response: '450 4.2.0 Greylisted',
    },
    'refuses-for-good': NO_SUCH_USER,
  };
  return {
    verify: (callback: Callback) => {
      const error = before[scenario];
      callback(error === undefined ? null : failure(error));
    },
    send: (mail: PluginMail, callback: Callback) => {
      const early = before[scenario];
      if (early !== undefined) return callback(failure(early));
      const { to } = mail.message.getEnvelope();
      const chunks: Buffer[] = [];
      const stream = mail.message.createReadStream();
      stream.on('error', (error: Error) => callback(error));
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (scenario === 'hangs') return undefined;
        if (scenario === 'loses-after-end')
          return callback(failure({ code: 'ECONNECTION', command: 'CONN' }));
        const rejected = scenario === 'refuses-one' ? [GONE] : [];
        const taken = to.filter((address) => !rejected.some((one) => one === address));
        accepted.push({ to: taken, message: Buffer.concat(chunks) });
        const rejectedErrors = rejected.map((recipient) => failure({ ...NO_SUCH_USER, recipient }));
        return callback(null, {
          accepted: taken,
          rejected,
          rejectedErrors,
          messageId: '<contract@example.test>',
        });
      });
      return undefined;
    },
  } as unknown as NodemailerPlugin;
}

describeTransportContract({
  describe,
  it,
  name: 'a plugin of nodemailer',
  cannot: {
    'offers-no-encryption': 'what a plugin says is its own',
    'loses-before-end': 'a plugin may read a message of this size at once',
  },
  readsFirst: 'a plugin is given the message when it is asked',
  setup: (scenario) => {
    const accepted: AcceptedMessage[] = [];
    const setup = {
      relay: 'default',
      clock: new SystemClock(),
      notice: () => undefined,
      warn: () => undefined,
    };
    return {
      transport: fromNodemailer({ transport: plugin(scenario, accepted) }).open(setup),
      accepted: () => accepted,
      secrets: [SECRET],
      dispose: () => undefined,
    };
  },
});

describe('a plugin of nodemailer', () => {
  const send = async (
    work: (mail: PluginMail, callback: Callback) => void,
    changes: Parameters<typeof sinkRequest>[0] = {},
  ) => {
    const transport = fromNodemailer({ transport: { send: work } as unknown as NodemailerPlugin }).open(
      TRANSPORT_SETUP,
    );
    return (await transport.send(sinkRequest(changes))).outcomes;
  };
  const read = (mail: PluginMail, then: () => void) => {
    mail.message.createReadStream().on('end', then).resume();
  };

  it('tells the name of the next hop, and not our own again', async () => {
    expect(await send((mail, done) => read(mail, () => done(null, { messageId: 'abc-1' })))).toMatchObject([
      { state: 'sent', providerMessageId: 'abc-1' },
    ]);
    const own = await send((mail, done) => read(mail, () => done(null, { messageId: '<1@a.test>' })));
    expect(own).toEqual([{ address: 'ada@b.test', state: 'sent' }]);
  });

  it('leaves a mail in doubt that it neither accepted nor rejected', async () => {
    const outcomes = await send((mail, done) => read(mail, () => done(null, { accepted: ['ada@b.test'] })), {
      to: ['ada@b.test', 'bob@b.test'],
    });
    expect(outcomes.map(({ state }) => state)).toEqual(['sent', 'uncertain']);
  });

  it('does not make a rejection final that nobody explains', async () => {
    const outcomes = await send((mail, done) => read(mail, () => done(null, { rejected: ['ada@b.test'] })));
    expect(outcomes).toMatchObject([{ state: 'deferred', failure: { suppress: 'no' } }]);
  });

  it('cannot have sent a message that it has not read', async () => {
    expect(await send((_mail, done) => done(null, { accepted: ['ada@b.test'] }))).toMatchObject([
      { state: 'uncertain' },
    ]);
  });

  it('that throws loses nothing', async () => {
    const outcomes = await send(() => {
      throw new Error('a bug');
    });
    expect(outcomes).toMatchObject([{ state: 'deferred' }]);
  });

  it('is sure of a reply that came after the message', async () => {
    const refusal = failure({
      code: 'EMESSAGE',
      command: 'DATA',
      responseCode: 554,
      response: '554 5.7.1 Spam',
    });
    expect(await send((mail, done) => read(mail, () => done(refusal)))).toMatchObject([
      { state: 'bounced', failure: { class: 'message', stage: 'eod' } },
    ]);
  });

  it('believes no code that comes without a reply of SMTP', async () => {
    const refusal = failure({ code: 'EAPI', responseCode: 550, response: 'no' });
    expect(await send((mail, done) => read(mail, () => done(refusal)))).toMatchObject([
      { state: 'uncertain' },
    ]);
  });

  it.each([undefined, null, 'smtp', {}])('is what is wanted, not %j', (transport) => {
    expect(() => fromNodemailer({ transport: transport as never })).toThrow(/transport plugin/);
  });
});
