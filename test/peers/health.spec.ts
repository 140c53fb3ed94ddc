import { Test } from '@nestjs/testing';
import { MailRelayModule, smtp, type MailRelayModuleOptions } from 'nestjs-mail-relay';
import { MailHealthIndicator, withHealth } from 'nestjs-mail-relay/health';
import { afterEach, describe, expect, it } from 'vitest';
import { SmtpSink } from '../support/smtp-sink.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function start(options: MailRelayModuleOptions) {
  const app = await Test.createTestingModule({
    imports: [
      MailRelayModule.forRoot({
        from: 'Acme <hello@acme.test>',
        delivery: 'live',
        storage: 'memory',
        ...options,
        features: [withHealth({ path: false, verifyTimeoutMs: 300 })],
      }),
    ],
  }).compile();
  closing.push(() => app.close());
  await app.init();
  const health = app.get(MailHealthIndicator);
  return async () => (await health.isHealthy()).mail;
}

async function serverOf(kind: 'silence' | 'close'): Promise<SmtpSink> {
  const server = await SmtpSink.start({ faults: { connect: { after: kind } } });
  closing.push(() => server.close());
  return server;
}

async function sinkOf(): Promise<SmtpSink> {
  const sink = await SmtpSink.start();
  closing.push(() => sink.close());
  return sink;
}

describe('D6: health is right for one transport and for many, and costs no login a probe', () => {
  it('is up with one transport, and with several', async () => {
    const [first, second] = [await sinkOf(), await sinkOf()];
    const one = await start({ transport: first.url });
    expect(await one()).toMatchObject({ status: 'up', transports: { default: { status: 'up' } } });
    const many = await start({
      transports: [smtp({ name: 'a', url: first.url }), smtp({ name: 'b', url: second.url })],
    });
    expect(await many()).toMatchObject({
      status: 'up',
      degraded: false,
      transports: { a: { status: 'up' }, b: { status: 'up' } },
    });
  });

  it('names the one of several that is down, and is up all the same', async () => {
    const dead = await serverOf('close');
    const sink = await sinkOf();
    const health = await start({
      transports: [smtp({ name: 'a', url: dead.url }), smtp({ name: 'b', url: sink.url })],
    });
    expect(await health()).toMatchObject({
      status: 'up',
      degraded: true,
      problems: [expect.stringMatching(/^transport "a" is down/)],
      transports: { a: { status: 'down', reason: 'network' }, b: { status: 'up' } },
    });
  });

  it('answers in time when a server says nothing, and tells of it', async () => {
    const silent = await serverOf('silence');
    const health = await start({ transport: silent.url });
    await health();
    await expect
      .poll(health, { timeout: 10_000 })
      .toMatchObject({ degraded: true, transports: { default: { status: 'down' } } });
  });

  it('opens one connection for a hundred probes', async () => {
    const sink = await sinkOf();
    const health = await start({ transport: sink.url });
    await Promise.all(Array.from({ length: 100 }, () => health()));
    expect(sink.connectionCount).toBe(1);
  });

  it('needs no transport at all where mail is only queued', async () => {
    const health = await start({ worker: false });
    expect(await health()).toMatchObject({ status: 'up', degraded: false, transports: {} });
  });
});
