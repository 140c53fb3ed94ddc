import { Injectable, Logger, Module, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  MailRelayModule,
  memory,
  MemoryTemplateLoader,
  OnMailEvent,
  TenantResolver,
  type MailRelayModuleOptions,
} from 'nestjs-mail-relay';

@Injectable()
class Listener {
  @OnMailEvent('sent', { stream: 'marketting' })
  misspelt(): void {}

  @OnMailEvent('sent', { relay: 'elsewhere' })
  astray(): void {}

  @OnMailEvent('sent', { durable: true })
  forgetful(): void {}

  @OnMailEvent('sent', { transport: 'mian' })
  untransported(): void {}

  @OnMailEvent('sent', { template: 'wellcome' })
  untemplated(): void {}

  @OnMailEvent('transport.down', { stream: 'marketing' })
  impossible(): void {}

  @OnMailEvent('sent', { stream: 'marketing', transport: 'main', template: 'welcome' })
  well(): void {}
}

@Injectable()
class NewsListener {
  @OnMailEvent('sent', { stream: 'weekly', transport: 'bulk' })
  well(): void {}

  @OnMailEvent('sent', { relay: 'news', stream: 'receipts' })
  atTheWrongRelay(): void {}
}

class NoTenants extends TenantResolver {
  override async resolve(): Promise<undefined> {
    return undefined;
  }
}

const OPTIONS = {
  from: 'Acme <hello@acme.test>',
  transports: [memory({ name: 'main' })],
  delivery: 'live',
  streams: { marketing: {}, receipts: {} },
  templates: { functions: { welcome: () => ({ html: '<p>Welcome</p>' }) } },
} as const satisfies MailRelayModuleOptions;

const NEWS = {
  name: 'news',
  from: 'News <news@acme.test>',
  transports: [memory({ name: 'bulk' })],
  delivery: 'live',
  streams: { weekly: {} },
} as const satisfies MailRelayModuleOptions;

afterEach(() => Logger.overrideLogger(false));

/** The listeners that the boot log names, each as often as it does. */
async function namedAtBoot(
  relays: readonly MailRelayModuleOptions[],
  listeners: NonNullable<Parameters<typeof Module>[0]['providers']>,
): Promise<readonly string[]> {
  @Module({ imports: relays.map((one) => MailRelayModule.forRoot(one)), providers: listeners })
  class AppModule {}
  const said: string[] = [];
  const logger: LoggerService = {
    log: () => {},
    error: () => {},
    warn: (line: string) => void said.push(line),
  };
  const app = await NestFactory.createApplicationContext(AppModule, { logger, abortOnError: false });
  await app.close();
  return said.flatMap((line) => /\w*Listener\.\w+/.exec(line) ?? []).toSorted();
}

const ALWAYS = ['Listener.astray', 'Listener.forgetful', 'Listener.impossible', 'Listener.misspelt'];

describe('listeners that hear less than they mean to', () => {
  it('are named at boot, and no others', async () => {
    expect(await namedAtBoot([OPTIONS], [Listener])).toEqual([
      ...ALWAYS,
      'Listener.untemplated',
      'Listener.untransported',
    ]);
  });

  it('are named by one of several relays, each knowing what the others have', async () => {
    const relays = [OPTIONS, { ...NEWS, templates: OPTIONS.templates }];
    const named = await namedAtBoot(relays, [Listener, NewsListener]);
    expect(named.filter((one) => one !== 'Listener.forgetful')).toEqual([
      ...ALWAYS.filter((one) => one !== 'Listener.forgetful'),
      'Listener.untemplated',
      'Listener.untransported',
      'NewsListener.atTheWrongRelay',
    ]);
  });

  it.each<readonly [string, MailRelayModuleOptions]>([
    ['tenants bring transports', { ...OPTIONS, tenants: { useClass: NoTenants } }],
    ['another process sends', { ...OPTIONS, transports: undefined, worker: false }],
  ])('are not named for a transport where %s', async (_, options) => {
    expect(await namedAtBoot([options], [Listener])).toEqual([...ALWAYS, 'Listener.untemplated']);
  });

  it.each<readonly [string, MailRelayModuleOptions]>([
    [
      'a loader may bring more',
      {
        ...OPTIONS,
        templates: { ...OPTIONS.templates, loader: new MemoryTemplateLoader({ 'a.hbs': '<p>A</p>' }) },
      },
    ],
    ['another process renders', { ...OPTIONS, templates: undefined }],
  ])('are not named for a template where %s', async (_, options) => {
    expect(await namedAtBoot([options], [Listener])).toEqual([...ALWAYS, 'Listener.untransported']);
  });
});
