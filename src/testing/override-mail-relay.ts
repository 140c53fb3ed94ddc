import { MEMORY_PROVIDERS } from '../mail-relay.memory.js';
import { RELAY_NAME, TRANSPORT_OVERRIDE } from '../mail-relay.tokens.js';
import { mailboxOverride } from './mail-relay-testing.module.js';
import { TestMailbox } from './mailbox/test-mailbox.js';

/** The part of `TestingModuleBuilder` of `@nestjs/testing` that {@link overrideMailRelay} needs. @publicApi */
export interface OverridableModuleBuilder {
  overrideProvider(token: unknown): {
    useFactory(options: { factory: (...args: never[]) => unknown; inject?: never[] }): unknown;
  };
}

/**
 * Makes the relays of an application under test put their mail into one mailbox, and keep everything in memory: no file
 * is opened and no server connected, whatever features they have. Call it before `compile()`; the application's own
 * modules stay as they are.
 *
 * @returns the mailbox of all its relays; `{ relay }` in a query tells them apart
 * @example
 * ```ts
 * const builder = Test.createTestingModule({ imports: [AppModule] });
 * const mailbox = overrideMailRelay(builder);
 * const app = await builder.compile();
 * ```
 * @publicApi
 */
export function overrideMailRelay(builder: OverridableModuleBuilder): TestMailbox {
  const mailbox = new TestMailbox();
  const override = (token: unknown, inject: readonly unknown[], factory: (part: never) => unknown): void => {
    // Nest types its tokens; here they are only passed on.
    builder.overrideProvider(token).useFactory({ factory, inject: [...inject] as never[] });
  };
  // Factories, because an override is called once in each module that has the provider: once per relay.
  override(TRANSPORT_OVERRIDE, [RELAY_NAME], (relay: string) => mailboxOverride(mailbox, relay));
  for (const { provide, inject = [], useFactory } of MEMORY_PROVIDERS) override(provide, inject, useFactory);
  return mailbox;
}
