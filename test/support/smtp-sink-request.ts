import { SystemClock } from '../../src/clock/system-clock.js';
import type { TransportRequest } from '../../src/transports/mail-transport.js';
import { smtp } from '../../src/transports/smtp/smtp.js';
import type { SmtpTransportOptions } from '../../src/transports/smtp/smtp-options.js';
import type { TransportSetup } from '../../src/transports/transport-definition.js';
import type { SmtpSink } from './smtp-sink.js';

/** What the module would hand to a transport. */
export const TRANSPORT_SETUP: TransportSetup = {
  relay: 'default',
  clock: new SystemClock(),
  notice: () => undefined,
  warn: () => undefined,
};

const MESSAGE = Buffer.from(
  [
    'From: shop@a.test',
    'To: ada@b.test',
    'Subject: Hello',
    'Message-ID: <1@a.test>',
    'Date: Fri, 01 Jan 2027 00:00:00 +0000',
    '',
    'Good morning.',
    '',
  ].join('\r\n'),
);

const LONG_MESSAGE = Buffer.concat([MESSAGE, Buffer.from(`${'x'.repeat(70)}\r\n`.repeat(300))]);

/** A message whose end does not wait for the mark, to leave together with its dot. */
export const LONG = { message: () => LONG_MESSAGE, sizeBytes: LONG_MESSAGE.length };

let serial = 0;

/** A request as the relay makes it, for one recipient unless told otherwise. */
export function sinkRequest(
  changes: Partial<TransportRequest> & { readonly to?: readonly string[] } = {},
): TransportRequest {
  const { to = ['ada@b.test'], ...rest } = changes;
  return {
    mailId: `mail${++serial}`,
    messageId: '<1@a.test>',
    envelope: { from: 'shop@a.test', to },
    smtpUtf8: false,
    sizeBytes: MESSAGE.length,
    message: () => MESSAGE,
    stream: 'transactional',
    tags: [],
    metadata: {},
    signal: new AbortController().signal,
    handOver: () => undefined,
    ...rest,
  };
}

/** An SMTP transport to a sink, with the sink's credentials and trusting its certificate. */
export function sinkTransport(
  sink: SmtpSink,
  options: SmtpTransportOptions = {},
  setup: Partial<TransportSetup> = {},
) {
  const tls = sink.certificate === undefined ? {} : { tls: { ca: sink.certificate } };
  return smtp({ url: sink.url, ...tls, ...options }).open({ ...TRANSPORT_SETUP, ...setup });
}
