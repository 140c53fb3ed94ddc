import { Injectable, Logger, Module, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it } from 'vitest';
import { MailRelayModule, OnMailEvent } from 'nestjs-mail-relay';

@Injectable()
class Listener {
  @OnMailEvent('sent', { stream: 'marketting' })
  misspelt(): void {}

  @OnMailEvent('sent', { relay: 'elsewhere' })
  astray(): void {}

  @OnMailEvent('sent', { durable: true })
  forgetful(): void {}

  @OnMailEvent('sent', { stream: 'marketing' })
  well(): void {}
}

@Module({
  imports: [
    MailRelayModule.forRoot({
      from: 'Acme <hello@acme.test>',
      transport: 'memory:',
      delivery: 'live',
      streams: { marketing: {} },
    }),
  ],
  providers: [Listener],
})
class AppModule {}

afterEach(() => Logger.overrideLogger(false));

describe('listeners that hear less than they mean to', () => {
  it('are named at boot, and no others', async () => {
    const said: string[] = [];
    const logger: LoggerService = {
      log: () => {},
      error: () => {},
      warn: (line: string) => void said.push(line),
    };
    const app = await NestFactory.createApplicationContext(AppModule, { logger, abortOnError: false });
    await app.close();
    const named = said.flatMap((line) => /Listener\.\w+/.exec(line) ?? []);
    expect(named.toSorted()).toEqual(['Listener.astray', 'Listener.forgetful', 'Listener.misspelt']);
  });
});
