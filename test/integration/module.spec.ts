import { Inject, Injectable, Module, Scope, type Type } from '@nestjs/common';
import { NestFactory, REQUEST } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  getMailServiceToken,
  InjectMailService,
  InjectTransport,
  MailPolicy,
  MailRelayModule,
  MailService,
  MailTransport,
  memory,
  MemoryTransport,
  OnMailEvent,
  TransportRegistry,
  type MailEvent,
  type MailRelayModuleOptions,
  type MailRelayOptions,
  type PolicyDecision,
  type TransportRequest,
  type TransportResult,
  type TransportVerification,
} from 'nestjs-mail-relay';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CarelessListener } from '../support/careless-listener.js';
import { MemorySpool } from '../../src/spool/memory/memory-spool.js';
import { Spool } from '../../src/spool/spool.js';
import { SystemClock } from '../../src/clock/system-clock.js';

const DRAFT = { to: 'ada@example.test', subject: 's', text: 't' };
const OPTIONS = { from: 'hello@acme.test', delivery: 'live', transport: 'memory:' } as const;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).toReversed()) await one();
  vi.unstubAllEnvs();
});

/** Boots an application of these imports and providers. */
async function boot(imports: NonNullable<Parameters<typeof Module>[0]['imports']>, ...providers: Type[]) {
  @Module({ imports, providers })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
  closing.push(() => app.close());
  return app;
}

const relay = (options: MailRelayModuleOptions = {}) => MailRelayModule.forRoot({ ...OPTIONS, ...options });

@Injectable()
class PigeonTransport extends MailTransport {
  readonly kind = 'pigeon';
  readonly carried: string[] = [];

  async send({ envelope, handOver }: TransportRequest): Promise<TransportResult> {
    await handOver();
    this.carried.push(...envelope.to);
    return { outcomes: envelope.to.map((address) => ({ address, state: 'sent' })) };
  }

  async verify(): Promise<TransportVerification> {
    return { ok: true };
  }

  async close(): Promise<void> {}
}

describe('MailRelayModule.forRoot', () => {
  it('is global: a module that does not import it injects MailService by type', async () => {
    @Injectable()
    class Signup {
      constructor(readonly mail: MailService) {}
    }
    @Module({ providers: [Signup] })
    class FeatureModule {}
    const app = await boot([relay(), FeatureModule]);
    expect((await app.get(Signup).mail.send(DRAFT)).ok).toBe(true);
  });

  it('is not global when told so', async () => {
    @Injectable()
    class Signup {
      constructor(readonly mail: MailService) {}
    }
    @Module({ providers: [Signup] })
    class FeatureModule {}
    await expect(boot([relay({ isGlobal: false }), FeatureModule])).rejects.toThrow(/MailService/);
  });

  it('says what is wrong with the options when the application boots', async () => {
    await expect(
      boot([relay({ transport: 'pigeon://loft', shutdown: { drainMs: -1 } })]),
    ).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_OPTIONS',
      message: expect.stringMatching(/2 problems[\s\S]*transport: [\s\S]*shutdown\.drainMs: given -1/),
    });
  });

  it('gives several relays by name, each with its own transports', async () => {
    @Injectable()
    class Both {
      constructor(
        readonly customers: MailService,
        @InjectMailService('partners') readonly partners: MailService,
      ) {}
    }
    const app = await boot([relay(), relay({ name: 'partners', from: 'partners@acme.test' })], Both);
    const both = app.get(Both);
    await both.customers.send(DRAFT);
    await both.partners.send({ ...DRAFT, to: 'bob@example.test' });
    expect(both.partners).not.toBe(both.customers);
    expect(app.get(getMailServiceToken('partners'))).toBe(both.partners);
    const caught = (app.get(TransportRegistry).get('default') as MemoryTransport).messages;
    expect(caught.map(({ envelope }) => envelope)).toEqual([
      { from: 'hello@acme.test', to: ['ada@example.test'] },
    ]);
  });

  it.each([{}, { name: 'partners' }])(
    'refuses two relays of one name, %j, and names both places',
    async (name) => {
      @Module({ imports: [relay(name)] })
      class OrdersModule {}
      @Module({ imports: [relay(name)] })
      class UsersModule {}
      await expect(boot([OrdersModule, UsersModule])).rejects.toMatchObject({
        code: 'ERR_MAIL_RELAY_DUPLICATE_RELAY',
        message: expect.stringMatching(/OrdersModule[\s\S]*UsersModule/),
      });
    },
  );

  it('keeps two applications in one process apart', async () => {
    const [one, two] = [await boot([relay()]), await boot([relay()])];
    await one.get(MailService).send(DRAFT);
    expect((two.get(TransportRegistry).get('default') as MemoryTransport).messages).toEqual([]);
  });

  it('makes transport classes with whatever they inject, and lets others inject them', async () => {
    @Injectable()
    class Loft {
      constructor(@InjectTransport('pigeon') readonly pigeon: PigeonTransport) {}
    }
    const { transport: _, ...options } = OPTIONS;
    const app = await boot(
      [
        MailRelayModule.forRoot({
          ...options,
          transportClasses: [{ name: 'pigeon', useClass: PigeonTransport }],
        }),
      ],
      Loft,
    );
    await app.get(MailService).send(DRAFT);
    expect(app.get(Loft).pigeon.carried).toEqual(['ada@example.test']);
    expect(app.get(TransportRegistry).get('pigeon')).toBe(app.get(Loft).pigeon);
  });

  it('takes a spool from a feature in place of its own', async () => {
    const spool = new MemorySpool(new SystemClock());
    const app = await boot([relay({ features: [{ providers: [{ provide: Spool, useValue: spool }] }] })]);
    const { mailId } = await app.get(MailService).send(DRAFT);
    expect(await spool.get(mailId)).toMatchObject({ mail: { id: mailId } });
  });

  it('makes policies of features with whatever they inject, and tells a feature the name of its relay', async () => {
    @Injectable()
    class Blocked {
      readonly domain = 'example.test';
    }
    @Injectable()
    class BlockPolicy extends MailPolicy {
      readonly name = 'block';
      constructor(@Inject(Blocked) private readonly blocked: Blocked) {
        super();
      }
      override admit({ envelope }: { envelope: { to: readonly string[] } }): PolicyDecision {
        const blocked = envelope.to.some((address) => address.endsWith(this.blocked.domain));
        return blocked ? { kind: 'reject', reason: `${this.blocked.domain} is blocked` } : { kind: 'allow' };
      }
    }
    const names: string[] = [];
    const feature = (name: string) => {
      names.push(name);
      return { policies: [BlockPolicy], providers: [Blocked] };
    };
    const app = await boot([relay({ name: 'news', features: [feature] })]);
    const mail = app.get<MailService>(getMailServiceToken('news'));
    await expect(mail.queue(DRAFT)).rejects.toMatchObject({ code: 'ERR_MAIL_RELAY_POLICY_REJECTED' });
    expect(names).toEqual(['news']);
  });

  it('lets a test replace one relay by its token', async () => {
    const sent: unknown[] = [];
    const fake = { queue: async (draft: unknown) => void sent.push(draft) };
    const module = await Test.createTestingModule({ imports: [relay(), relay({ name: 'partners' })] })
      .overrideProvider(getMailServiceToken('partners'))
      .useValue(fake)
      .compile();
    closing.push(() => module.close());
    await module.get(getMailServiceToken('partners')).queue(DRAFT);
    expect(sent).toEqual([DRAFT]);
    expect(module.get(MailService)).toBeInstanceOf(MailService);
  });

  it('refuses in production to keep mail in memory unless it is written down', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    const live = { transport: 'smtp://127.0.0.1:25' };
    await expect(boot([relay(live)])).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_OPTIONS',
      message: expect.stringContaining("storage: 'memory'"),
    });
    await boot([relay({ ...live, storage: 'memory' })]);
  });

  it('replaces live transports in capture mode, custom classes included, and keeps the others', async () => {
    const live = { name: 'live', kind: 'x', live: true, open: () => new PigeonTransport() };
    const app = await boot([
      MailRelayModule.forRoot({
        delivery: 'capture',
        transports: [live, memory({ name: 'kept' })],
        transportClasses: [{ name: 'pigeon', useClass: PigeonTransport }],
      }),
    ]);
    const registry = app.get(TransportRegistry);
    expect(['live', 'kept', 'pigeon'].map((name) => registry.get(name).kind)).toEqual([
      'capture',
      'memory',
      'capture',
    ]);
  });

  it.each(['', 'a b', '../x', '1st'])('refuses %j as the name of a relay', (name) => {
    expect(() => relay({ name })).toThrow(expect.objectContaining({ code: 'ERR_MAIL_RELAY_OPTIONS' }));
  });
});

describe('MailRelayModule.forRootAsync', () => {
  @Injectable()
  class Config {
    readonly options: MailRelayOptions = { ...OPTIONS };
    createMailRelayOptions(): MailRelayOptions {
      return this.options;
    }
  }
  @Module({ providers: [Config], exports: [Config] })
  class ConfigModule {}

  it.each([
    [
      'useFactory',
      { imports: [ConfigModule], inject: [Config], useFactory: async ({ options }: Config) => options },
    ],
    ['useClass', { useClass: Config }],
    ['useExisting', { imports: [ConfigModule], useExisting: Config }],
  ])('takes its options by %s', async (_how, options) => {
    const app = await boot([MailRelayModule.forRootAsync(options)]);
    expect((await app.get(MailService).send(DRAFT)).ok).toBe(true);
  });

  it('takes transports and streams out of the factory, and features from beside it', async () => {
    const app = await boot([
      MailRelayModule.forRootAsync({
        name: 'late',
        useFactory: () => ({
          from: 'hello@acme.test',
          delivery: 'live' as const,
          transports: [memory({ name: 'a' }), memory({ name: 'b' })],
          streams: { marketing: { transports: ['b'] } },
        }),
        transportClasses: [{ name: 'pigeon', useClass: PigeonTransport }],
      }),
    ]);
    const mail = app.get<MailService>(getMailServiceToken('late'));
    const report = await mail.send({
      ...DRAFT,
      stream: 'marketing',
      list: { unsubscribe: { mailto: 'off@acme.test' } },
    });
    expect(report.recipients).toMatchObject([{ transport: 'b' }]);
  });
});

describe('@OnMailEvent', () => {
  const heard: string[] = [];
  const note = (who: string) => (event: MailEvent) => void heard.push(`${who} ${event.relay} ${event.type}`);
  afterEach(() => heard.splice(0));

  @Injectable()
  class Listener {
    @OnMailEvent(['queued', 'sent'])
    all(event: MailEvent): void {
      note('all')(event);
    }

    @OnMailEvent('sent', { relay: 'partners' })
    partners(event: MailEvent): void {
      note('partners')(event);
    }
  }

  it('hears all relays unless its filter names one', async () => {
    const app = await boot([relay(), relay({ name: 'partners' })], Listener);
    await app.get(MailService).send(DRAFT);
    await app.get<MailService>(getMailServiceToken('partners')).send(DRAFT);
    await expect
      .poll(() => heard.toSorted())
      .toEqual([
        'all default queued',
        'all default sent',
        'all partners queued',
        'all partners sent',
        'partners partners sent',
      ]);
  });

  it('calls an instance once, however many tokens lead to it', async () => {
    @Module({ providers: [Listener, { provide: 'alias', useExisting: Listener }], exports: ['alias'] })
    class ListenerModule {}
    const app = await boot([relay(), ListenerModule]);
    await app.get(MailService).send(DRAFT);
    await expect.poll(() => heard).toEqual(['all default queued', 'all default sent']);
  });

  it('hears a listener whose token is a symbol', async () => {
    @Module({ providers: [{ provide: Symbol('listener'), useFactory: () => new Listener() }] })
    class ListenerModule {}
    const app = await boot([relay(), ListenerModule]);
    await app.get(MailService).send(DRAFT);
    await expect.poll(() => heard).toEqual(['all default queued', 'all default sent']);
  });

  it('makes a request-scoped listener anew for each event', async () => {
    const instances = new Set<object>();
    @Injectable({ scope: Scope.REQUEST })
    class PerEvent {
      constructor(@Inject(REQUEST) readonly event: MailEvent) {}

      @OnMailEvent(['queued', 'sent'])
      hear(event: MailEvent): void {
        instances.add(this);
        heard.push(`${this.event === event} ${event.type}`);
      }
    }
    const app = await boot([relay()], PerEvent);
    await app.get(MailService).send(DRAFT);
    await expect.poll(() => heard).toEqual(['true queued', 'true sent']);
    expect(instances.size).toBe(2);
  });

  it('does not let a listener that throws, rejects or hangs change or delay a delivery', async () => {
    const app = await boot([relay()], CarelessListener, Listener);
    const reports = await Promise.all(Array.from({ length: 20 }, () => app.get(MailService).send(DRAFT)));
    expect(reports.every(({ ok }) => ok)).toBe(true);
    await expect.poll(() => heard.filter((line) => line === 'all default sent')).toHaveLength(20);
  });

  it('refuses an unknown event or filter when the class is defined', () => {
    const wrong = OnMailEvent as (type: string, filter?: object) => unknown;
    expect(() => wrong('snet')).toThrow(/does not know the event "snet"/);
    expect(() => wrong('sent', { steram: 'x' })).toThrow(/does not know the filter "steram"/);
    expect(() => wrong('sent', { kind: 'hard' })).toThrow(/would never fire/);
  });
});
