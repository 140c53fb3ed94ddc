import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DeliveryOutcome } from '../../../src/core/failure/delivery-outcome.js';
import type { MailTransport } from '../../../src/transports/mail-transport.js';
import { smtp } from '../../../src/transports/smtp/smtp.js';
import type { SmtpTransportOptions } from '../../../src/transports/smtp/smtp-options.js';
import { verifyDkim } from '../../support/dkim-verifier.js';
import { startExim } from '../../support/mail-servers/exim.js';
import { startPostfix } from '../../support/mail-servers/postfix.js';
import { MAIL_SERVER, type RealMailServer } from '../../support/mail-servers/real-mail-server.js';
import { makeCertificateAuthority } from '../../support/smtp-sink-certificate.js';
import { sinkRequest, TRANSPORT_SETUP } from '../../support/smtp-sink-request.js';

/** Time for the packages to be fetched, and installed where they are missing. */
const START_MS = 600_000;

const SERVERS = [
  ['Postfix', startPostfix],
  ['Exim', startExim],
] as const;

describe.each(SERVERS)('%s', (name, start) => {
  let server: RealMailServer;
  let transport: MailTransport;
  let missing: string | undefined;

  beforeAll(async () => {
    try {
      server = await start();
    } catch (error) {
      // Where everything should be there, a server that is not there is a failure.
      if (process.env['CI'] !== undefined) throw error;
      missing = error instanceof Error ? error.message : String(error);
      console.warn(`${name} cannot be tested here: ${missing}`);
      return;
    }
    transport = open({ auth: MAIL_SERVER.auth });
  }, START_MS);

  beforeEach((context) => {
    if (missing !== undefined) context.skip(missing);
  });

  afterAll(async () => {
    await transport?.close();
    await server?.stop();
  });

  function open(options: SmtpTransportOptions): MailTransport {
    return smtp({ host: 'localhost', port: server.port, tls: { ca: server.ca }, ...options }).open(
      TRANSPORT_SETUP,
    );
  }

  async function outcomesOver(
    options: SmtpTransportOptions,
    to: readonly string[] = ['ada@b.test'],
  ): Promise<readonly DeliveryOutcome[]> {
    const own = open(options);
    const { outcomes } = await own.send(sinkRequest({ to }));
    await own.close();
    return outcomes;
  }

  async function send(changes: Parameters<typeof sinkRequest>[0]): Promise<readonly DeliveryOutcome[]> {
    return (await transport.send(sinkRequest(changes))).outcomes;
  }

  async function arrived(address: string, count = 1): Promise<readonly Buffer[]> {
    await expect.poll(async () => (await server.received(address)).length, { timeout: 20_000 }).toBe(count);
    return server.received(address);
  }

  it('takes mail over TLS of a private authority, after AUTH, and names it', async () => {
    const [outcome] = await send({ to: ['ada@b.test'] });
    expect(outcome).toMatchObject({ state: 'sent', providerMessageId: expect.stringMatching(/^[\w-]{6,}$/) });
    expect((await arrived('ada@b.test'))[0]?.toString()).toMatch(/^Received:.*(ESMTPSA|esmtpsa)/ms);
  });

  it('says that it would take mail, and takes none by that', async () => {
    expect(await transport.verify(new AbortController().signal)).toEqual({ ok: true });
  });

  it('is given nothing when its authority is not ours', async () => {
    const ca = makeCertificateAuthority().cert;
    expect(await outcomesOver({ auth: MAIL_SERVER.auth, tls: { ca } })).toMatchObject([
      { state: 'deferred', failure: { class: 'tls', stage: 'tls' } },
    ]);
  });

  it('is given nothing when its certificate is for another name', async () => {
    const tls = { ca: server.ca, servername: 'mail.other.test' };
    expect(await outcomesOver({ auth: MAIL_SERVER.auth, tls })).toMatchObject([
      { state: 'deferred', failure: { class: 'tls', stage: 'tls' } },
    ]);
  });

  it('refuses a wrong password, which is the fault of our account and of nobody else', async () => {
    const outcomes = await outcomesOver({ auth: { ...MAIL_SERVER.auth, pass: 'wrong' } });
    expect(outcomes).toMatchObject([
      {
        state: 'deferred',
        failure: { class: 'our_account', stage: 'auth', reply: { code: 535 }, suppress: 'no' },
      },
    ]);
    expect(JSON.stringify(outcomes)).not.toContain('wrong');
  });

  it('relays for nobody, which is the fault of our account too', async () => {
    expect(await outcomesOver({}, ['ada@elsewhere.test'])).toMatchObject([
      { state: 'deferred', failure: { class: 'our_account', suppress: 'no' } },
    ]);
  });

  it('refuses recipients by its maps, each by itself', async () => {
    const outcomes = await send({ to: ['one@b.test', MAIL_SERVER.gone, MAIL_SERVER.busy, 'two@b.test'] });
    expect(outcomes).toMatchObject([
      { state: 'sent' },
      { state: 'bounced', failure: { class: 'hard.recipient', stage: 'rcpt', reply: { enhanced: '5.1.1' } } },
      { state: 'deferred', failure: { stage: 'rcpt', permanent: false, reply: { enhanced: '4.2.0' } } },
      { state: 'sent' },
    ]);
    await arrived('one@b.test');
    await arrived('two@b.test');
  });

  it('refuses all recipients, and takes the next mail over the same connection', async () => {
    const own = open({ auth: MAIL_SERVER.auth, maxConnections: 1 });
    const refused = await own.send(sinkRequest({ to: [MAIL_SERVER.gone, MAIL_SERVER.busy] }));
    const taken = await own.send(sinkRequest({ to: ['after@b.test'] }));
    await own.close();
    expect(refused.outcomes.map((one) => one.state)).toEqual(['bounced', 'deferred']);
    expect(taken.outcomes).toMatchObject([{ state: 'sent' }]);
  });

  it('refuses a sender by its map: nobody is suppressed for that', async () => {
    const [outcome] = await send({ envelope: { from: MAIL_SERVER.bannedSender, to: ['ada@b.test'] } });
    expect(outcome).toMatchObject({ failure: { stage: 'mail', suppress: 'no', reply: { code: 550 } } });
  });

  it('gets a hundred recipients in one go, with an answer for each', async () => {
    const to = Array.from({ length: 100 }, (_, i) => (i % 10 === 3 ? MAIL_SERVER.gone : `many${i}@b.test`));
    const states = (await send({ to })).map((one) => one.state);
    expect(states).toEqual(to.map((address) => (address === MAIL_SERVER.gone ? 'bounced' : 'sent')));
  });

  it('is not asked to take what is larger than the SIZE that it announced', async () => {
    const [outcome] = await send({ sizeBytes: MAIL_SERVER.maxMessageBytes + 1 });
    expect(outcome).toMatchObject({ state: 'bounced', failure: { class: 'message', stage: 'mail' } });
  });

  it('refuses at the end what is larger than we said', async () => {
    const message = Buffer.from(`Subject: big\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(4_000)}`);
    const [outcome] = await send({ message: () => message, sizeBytes: 100 });
    expect(outcome).toMatchObject({ state: 'bounced', failure: { class: 'message', reply: { code: 552 } } });
  });

  it('takes addresses and header fields in UTF-8', async () => {
    const message = Buffer.from('From: shop@a.test\r\nTo: jürgen@b.test\r\nSubject: Grüße\r\n\r\nSchön.\r\n');
    const to = ['jürgen@b.test'];
    expect(await send({ to, smtpUtf8: true, message: () => message })).toMatchObject([{ state: 'sent' }]);
    expect((await arrived('jürgen@b.test'))[0]?.toString()).toContain('Subject: Grüße\r\n');
  });

  it('gets every octet: lines of dots, empty lines, octets above 127; and the signature holds', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const dkim = {
      domainName: 'a.test',
      keySelector: 's1',
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
    const body = '.\r\n..\r\n.a\r\n\r\nGrüße\r\n\r\n.\r\n\r\nQUIT\r\n.\r\n';
    const head = 'From: shop@a.test\r\nTo: dots@b.test\r\nSubject: Dots\r\nMessage-ID: <dots@a.test>\r\n';
    const message = Buffer.from(`${head}Date: Fri, 01 Jan 2027 00:00:00 +0000\r\n\r\n${body}`);
    const request = { to: ['dots@b.test'], dkim, message: () => message, sizeBytes: message.length };
    expect(await send(request)).toMatchObject([{ state: 'sent' }]);
    const [received = Buffer.alloc(0)] = await arrived('dots@b.test');
    expect(received.toString().slice(received.toString().indexOf('\r\n\r\n') + 4)).toBe(body);
    expect(verifyDkim(received, publicKey)).toMatchObject({ ok: true, domain: 'a.test' });
  });

  it('gets two hundred mails over five connections, each once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => send({ to: ['crowd@b.test'] })));
    expect(outcomes.flat().filter((one) => one.state !== 'sent')).toEqual([]);
    await arrived('crowd@b.test', 200);
  });
});
