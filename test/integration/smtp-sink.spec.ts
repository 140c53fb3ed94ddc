import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { delay, SmtpSink, times, reply, type SmtpSinkOptions } from '../support/smtp-sink.js';

let sink: SmtpSink;
let socket: Socket;
let heard = '';

async function start(options: SmtpSinkOptions = {}): Promise<void> {
  sink = await SmtpSink.start(options);
  heard = '';
  socket = connect(sink.port, sink.host);
  socket.on('data', (chunk) => (heard += chunk.toString()));
  socket.on('error', () => undefined);
  await listen(/^220/);
}

/** Waits until the sink has said something. */
async function listen(pattern: RegExp): Promise<void> {
  const deadline = Date.now() + 2_000;
  while (!pattern.test(heard)) {
    if (Date.now() > deadline) throw new Error(`Heard ${JSON.stringify(heard)}, waited for ${pattern}.`);
    await new Promise((resolve) => {
      socket.once('data', resolve);
      setTimeout(resolve, 20).unref();
    });
  }
}

async function say(text: string, pattern: RegExp): Promise<void> {
  heard = '';
  socket.write(text);
  await listen(pattern);
}

const ENVELOPE = 'MAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n';

beforeEach(() => start());

afterEach(async () => {
  socket.destroy();
  await sink.close();
});

/** The other tests believe what the sink says, so it is tested by a client that is nobody's library. */
describe('the sink', () => {
  it('takes off the dots that were put before dots, and keeps the octets as they came', async () => {
    await say(`EHLO me\r\n${ENVELOPE}`, /354/);
    await say('..dot\r\n...\r\n.\r\n', /250 2\.0\.0/);
    expect(sink.messages[0]?.raw.toString()).toBe('.dot\r\n..\r\n');
    expect(sink.messages[0]?.wire.toString()).toBe('..dot\r\n...\r\n.\r\n');
  });

  it('ends the message once, wherever the octets are cut', async () => {
    const octets = 'hello\r\n..\r\n.\r\n';
    for (let cut = 1; cut < octets.length; cut++) {
      await say(`RSET\r\n${ENVELOPE}`, /354/);
      socket.write(octets.slice(0, cut));
      await new Promise((resolve) => {
        setTimeout(resolve, 2);
      });
      await say(octets.slice(cut), /250 2\.0\.0 Ok: queued/);
    }
    expect(sink.messageCount).toBe(octets.length - 1);
    expect(sink.messages.every((message) => message.text === 'hello\r\n.\r\n')).toBe(true);
  });

  it.each(['\n.\r\n', '\r\n.\n', '\n.\n', '\r.\r\n', '\r.\r', '\r\n.\r', '\r\n\0.\r\n'])(
    'does not end the message at %j, but tells that others would',
    async (sequence) => {
      await say(ENVELOPE, /354/);
      await say(`hello${sequence}QUIT\r\n\r\n.\r\n`, /250 2\.0\.0/);
      const [message] = sink.messages;
      expect(message?.text).toContain('QUIT');
      expect(message?.lenientEnds).toBe(2);
      expect((message?.bareCr ?? 0) + (message?.bareLf ?? 0) + (message?.nul ?? 0)).toBeGreaterThan(0);
    },
  );

  it('answers pipelined commands in their order, also when one is slow', async () => {
    sink.faults = { rcpt: delay(20) };
    await say(ENVELOPE, /354/);
    expect(heard.match(/^\d{3}/gm)).toEqual(['250', '250', '354']);
  });

  it('runs a command that stands behind the end of the message', async () => {
    await say(ENVELOPE, /354/);
    await say('hello\r\n.\r\nNOOP\r\n', /250 2\.0\.0 Fine/);
    expect(sink.messages[0]?.text).toBe('hello\r\n');
  });

  it('refuses commands out of order', async () => {
    await say('RCPT TO:<b@b.test>\r\n', /503/);
    await say('DATA\r\n', /554/);
    await say('WHAT\r\n', /500/);
  });

  it('applies a fault as often as it was told', async () => {
    sink.faults = { mail: times(1, reply('451 4.3.0 Later')) };
    await say('MAIL FROM:<a@a.test>\r\n', /451/);
    await say('MAIL FROM:<a@a.test>\r\n', /250/);
    expect(sink.transactions.map((one) => one.state)).toEqual(['refused', 'mail']);
  });

  it('tells what it waits for when that does not come', async () => {
    await expect(sink.waitForMessages(1, 10)).rejects.toThrow('1 messages');
  });
});
