import {
  Module,
  type DynamicModule,
  type INestApplicationContext,
  type ModuleMetadata,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MailRelayModule, MailService, type MailEvent, type MailRelayModuleOptions } from 'nestjs-mail-relay';

@Module({})
class RelayAppModule {}

/** An application that is nothing but a relay, for tests that look at what comes out of it. */
export class RelayApp {
  /** Everything that was published, in order. */
  readonly events: MailEvent[] = [];

  private constructor(
    readonly app: INestApplicationContext,
    readonly mail: MailService,
  ) {
    mail.events$.subscribe((event) => this.events.push(event));
  }

  static async start(options: MailRelayModuleOptions, metadata: ModuleMetadata = {}): Promise<RelayApp> {
    const module: DynamicModule = {
      ...metadata,
      module: RelayAppModule,
      imports: [
        MailRelayModule.forRoot({ from: 'Acme <hello@acme.test>', delivery: 'live', ...options }),
        ...(metadata.imports ?? []),
      ],
    };
    const app = await NestFactory.createApplicationContext(module, {
      logger: ['error'],
      abortOnError: false,
    });
    return new RelayApp(app, app.get(MailService));
  }

  /** What was told, as `address type`, in order, without `queued`. */
  get told(): readonly string[] {
    return this.events
      .filter(({ type }) => type !== 'queued')
      .map(({ recipient, type }) => `${recipient} ${type}`);
  }

  async close(): Promise<void> {
    await this.app.close();
  }
}
