import { Readable } from 'node:stream';
import { connect } from 'node:net';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { afterEach, describe, expect, it } from 'vitest';
import { byAddress, reply, SmtpSink } from '../support/smtp-sink.js';

let sink: SmtpSink;

afterEach(() => sink.close());

/** What the transport builds on beyond nodemailer's documentation. A new version that breaks one of these shows here. */
describe('nodemailer', () => {
  it.each([true, false])(
    'tells every reply through lastServerResponse, in order (pipelining: %s)',
    async (pipelining) => {
      sink = await SmtpSink.start({
        pipelining,
        faults: {
          rcpt: byAddress({ 'gone@b.test': reply('550 5.1.1 No') }),
          eod: reply('451-4.3.0 Try', '451 4.3.0 later'),
        },
      });
      const socket = connect(sink.port, sink.host);
      await new Promise((resolve) => {
        socket.once('connect', resolve);
      });
      const connection = new SMTPConnection({ connection: socket, socketCloseTimeout: 0 });
      connection.on('error', () => undefined);
      const replies: string[] = [];
      let last: string | false = false;
      Object.defineProperty(connection, 'lastServerResponse', {
        get: () => last,
        set: (value: string | false) => {
          last = value;
          if (value !== false) replies.push(value.split(' ', 1)[0] ?? '');
        },
      });
      await new Promise<void>((resolve) => {
        connection.connect(() => resolve());
      });
      const atFirstRead: unknown[] = [];
      const source = new Readable({
        read() {
          atFirstRead.push(last);
          this.push('hello');
          this.push(null);
        },
      });
      const error = await new Promise((resolve) => {
        connection.send({ from: 'a@a.test', to: ['ada@b.test', 'gone@b.test'] }, source, resolve);
      });
      connection.close();

      expect(replies.map((one) => one.slice(0, 3))).toEqual([
        '220',
        '250',
        '250',
        '250',
        '550',
        '354',
        '451',
      ]);
      expect(atFirstRead[0]).toBe('354 Go ahead');
      expect(error).toMatchObject({ code: 'EMESSAGE', response: '451-4.3.0 Try\n451 4.3.0 later' });
    },
  );
});
