import { Controller, Get, Module, VersioningType, type INestApplication } from '@nestjs/common';
import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { MailRelayModule, MailService, type MailRelayModuleOptions } from 'nestjs-mail-relay';
import { withBull } from 'nestjs-mail-relay/bull';
import { MailHealthIndicator, withHealth, type HealthOptions } from 'nestjs-mail-relay/health';
import { afterEach, describe, expect, it } from 'vitest';
import type { MailRelayFeatureInput } from '../../src/mail-relay.feature.js';
import { newNamespace } from '../support/redis-namespace.js';
import { startRedis } from '../support/redis-server.js';
import { SmtpSink } from '../support/smtp-sink.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

@Controller('terminus')
class TerminusController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly mail: MailHealthIndicator,
  ) {}

  @Get()
  check() {
    return this.health.check([() => this.mail.isHealthy()]);
  }
}

interface Setting {
  readonly health?: HealthOptions;
  readonly options: MailRelayModuleOptions;
  readonly features?: readonly MailRelayFeatureInput[];
}

async function start({ health = {}, options, features = [] }: Setting) {
  @Module({
    imports: [
      TerminusModule.forRoot({ logger: false }),
      MailRelayModule.forRoot({
        from: 'Acme <hello@acme.test>',
        delivery: 'live',
        ...options,
        features: [withHealth(health), ...features],
      }),
    ],
    controllers: [TerminusController],
  })
  class AppModule {}
  const testing = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app: INestApplication = testing.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  closing.push(() => app.close());
  const url = await app.getUrl();
  const get = async (path: string) => {
    const response = await fetch(`${url}/${path}`);
    // The shape of a health check.
    const body = (await response.json()) as { status: string; details: { mail: Record<string, unknown> } };
    return { code: response.status, status: body.status, mail: body.details.mail };
  };
  return { app, get };
}

/** Asks until it is as it should be; what never comes fails by the time limit of the test. */
async function eventually<T>(ask: () => Promise<T>, is: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask();
    if (is(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

describe('the health of a relay', { timeout: 60_000 }, () => {
  it.each(['silence', 'close'] as const)(
    'is degraded when the SMTP server answers with %s, and asks it once however many probes there are',
    async (kind) => {
      const server = await SmtpSink.start({ faults: { connect: { after: kind } } });
      closing.push(() => server.close());
      const { get } = await start({
        health: { verifyTimeoutMs: 300 },
        options: { transport: server.url, storage: 'memory' },
      });
      const found = await eventually(
        () => get('health/mail/ready'),
        ({ mail }) => mail['degraded'] === true,
      );
      expect(found).toMatchObject({
        code: 200,
        status: 'ok',
        mail: {
          status: 'up',
          degraded: true,
          problems: [expect.stringMatching(/^transport "default" is down/)],
        },
      });
      await Promise.all(
        Array.from({ length: 50 }, (_, i) => get(i % 2 === 0 ? 'health/mail/ready' : 'terminus')),
      );
      expect(server.connectionCount).toBe(1);
    },
  );

  it('is not ready without a transport only where somebody asked for that', async () => {
    const server = await SmtpSink.start({ faults: { connect: { after: 'close' } } });
    closing.push(() => server.close());
    const { get } = await start({
      health: { readiness: ['storage', 'transports'] },
      options: { transport: server.url, storage: 'memory' },
    });
    const found = await eventually(
      () => get('health/mail/ready'),
      ({ code }) => code === 503,
    );
    expect(found.mail).toMatchObject({ status: 'down', degraded: true });
    expect((await get('health/mail/live')).code).toBe(200);
  });

  it('is asked again after the interval', async () => {
    const server = await SmtpSink.start({ faults: { connect: { after: 'close' } } });
    closing.push(() => server.close());
    const { get } = await start({
      health: { probeIntervalMs: 50 },
      options: { transport: server.url, storage: 'memory' },
    });
    await eventually(
      () => get('health/mail/ready'),
      () => server.connectionCount >= 3,
    );
  });

  it('needs no connection where mail has just gone out', async () => {
    const sink = await SmtpSink.start();
    closing.push(() => sink.close());
    const { app, get } = await start({ options: { transport: sink.url, storage: 'memory' } });
    await app.get(MailService).sendOrThrow({ to: 'ada@example.test', subject: 'Hi', text: 'Hello' });
    const before = sink.connectionCount;
    const found = await eventually(
      () => get('health/mail/ready'),
      ({ mail }) => JSON.stringify(mail).includes('"sent":1'),
    );
    expect(found.mail).toMatchObject({
      degraded: false,
      transports: { default: { status: 'up', circuit: 'up' } },
    });
    expect(sink.connectionCount).toBe(before);
  });

  it('says the same to Terminus as over its own routes', async () => {
    const server = await SmtpSink.start({ faults: { connect: { after: 'close' } } });
    closing.push(() => server.close());
    const { get } = await start({
      health: { readiness: ['transports'] },
      options: { transport: server.url, storage: 'memory' },
    });
    const own = await eventually(
      () => get('health/mail/ready'),
      ({ code }) => code === 503,
    );
    expect(await get('terminus')).toEqual(own);
  });

  it('is not ready and still live while Redis is down, and ready again by itself', async () => {
    const redis = await startRedis({ own: true });
    closing.push(() => redis.stop());
    const { get } = await start({
      health: { storageTimeoutMs: 500 },
      options: { worker: false },
      features: [withBull({ namespace: newNamespace(), redis: redis.url })],
    });
    expect(await get('health/mail/ready')).toMatchObject({
      code: 200,
      mail: { storage: { status: 'up', pending: 0 } },
    });
    await redis.kill9();
    const found = await eventually(
      () => get('health/mail/ready'),
      ({ code }) => code === 503,
    );
    expect(found.mail).toMatchObject({ status: 'down', storage: { status: 'down' } });
    expect(JSON.stringify(found.mail)).not.toMatch(/127\.0\.0\.1|redis:/);
    expect((await get('health/mail/live')).code).toBe(200);
    await redis.restart();
    await eventually(
      () => get('health/mail/ready'),
      ({ code }) => code === 200,
    );
  });

  it('has routes of its own for each relay, and none where none are wanted', async () => {
    @Module({
      imports: [
        MailRelayModule.forRoot({
          name: 'news',
          from: 'News <news@acme.test>',
          transport: 'memory:',
          storage: 'memory',
          features: [withHealth()],
        }),
        MailRelayModule.forRoot({
          from: 'Acme <hello@acme.test>',
          transport: 'memory:',
          storage: 'memory',
          features: [withHealth({ path: false })],
        }),
      ],
    })
    class AppModule {}
    const testing = await Test.createTestingModule({ imports: [AppModule] }).compile();
    const app = testing.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    closing.push(() => app.close());
    const url = await app.getUrl();
    expect((await fetch(`${url}/health/mail/news/ready`)).status).toBe(200);
    expect((await fetch(`${url}/health/mail/ready`)).status).toBe(404);
    expect(await app.get(MailHealthIndicator).isHealthy('post')).toMatchObject({ post: { status: 'up' } });
  });

  it('keeps its place in an application whose API has versions', async () => {
    @Module({
      imports: [
        MailRelayModule.forRoot({
          from: 'Acme <hello@acme.test>',
          transport: 'memory:',
          storage: 'memory',
          features: [withHealth()],
        }),
      ],
    })
    class AppModule {}
    const testing = await Test.createTestingModule({ imports: [AppModule] }).compile();
    const app = testing.createNestApplication({ logger: false });
    app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
    await app.listen(0, '127.0.0.1');
    closing.push(() => app.close());
    expect((await fetch(`${await app.getUrl()}/health/mail/live`)).status).toBe(200);
  });

  it.each<[HealthOptions, string]>([
    [{ path: '/health?' }, 'path'],
    // What JavaScript may pass.
    [{ readiness: ['queue'] as never }, 'readiness'],
    [{ probeIntervalMs: 0 }, 'probeIntervalMs'],
    [{ verify: true } as HealthOptions, 'verify'],
    [{ degraded: { failedRatio: 2 } }, 'failedRatio'],
  ])('refuses %j and names %s', (options, field) => {
    expect(() => withHealth(options)('default')).toThrow(field);
  });
});
