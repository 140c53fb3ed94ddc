import { Module, type DynamicModule } from '@nestjs/common';
import { MailRelayModule, type MailRelayModuleOptions } from '../mail-relay.module.js';
import { TRANSPORT_OVERRIDE } from '../mail-relay.tokens.js';
import type { TransportOverride } from '../mail-relay.transports.js';
import { TestMailbox } from './mailbox/test-mailbox.js';
import { getTestMailboxToken } from './mailbox/test-mailbox.tokens.js';
import { TestMailboxTransport } from './mailbox/test-mailbox.transport.js';

/**
 * A relay for tests: `MailRelayModule.forRoot` with a mailbox in the place of every transport, and mail kept in
 * memory. Everything else is real: drafts are checked, templates rendered, messages composed, events published.
 *
 * To test a whole application, with the relay it imports itself, use {@link overrideMailRelay}.
 *
 * @example
 * ```ts
 * const app = await Test.createTestingModule({
 *   imports: [MailRelayTestingModule.forRoot({ templates: { dir: 'templates' } })],
 *   providers: [Signup],
 * }).compile();
 * const mailbox = app.get(TestMailbox);
 * ```
 * @publicApi
 */
@Module({})
export class MailRelayTestingModule {
  /** @param options what the relay needs; without `from` it is `Test <test@example.test>` */
  static forRoot(options: MailRelayModuleOptions = {}): DynamicModule {
    const { name, isGlobal = true, features = [] } = options;
    const mailbox = new TestMailbox();
    const override = mailboxOverride(mailbox, name ?? 'default');
    return {
      module: MailRelayTestingModule,
      global: isGlobal,
      imports: [
        MailRelayModule.forRoot({
          from: 'Test <test@example.test>',
          ...(options.transports === undefined && { transport: 'memory:' }),
          storage: 'memory',
          ...options,
          delivery: 'live',
          features: [...features, { providers: [{ provide: TRANSPORT_OVERRIDE, useValue: override }] }],
        }),
      ],
      providers: [{ provide: getTestMailboxToken(name), useValue: mailbox }],
      exports: [getTestMailboxToken(name)],
    };
  }
}

/** Puts a mailbox in the place of every transport of a relay. */
export function mailboxOverride(mailbox: TestMailbox, relay: string): TransportOverride {
  return (transport) => new TestMailboxTransport(mailbox, relay, transport);
}
