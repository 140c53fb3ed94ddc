import { Inject, type InjectionToken } from '@nestjs/common';
import { TestMailbox } from './test-mailbox.js';

/**
 * The token of the mailbox that `MailRelayTestingModule` provides for a relay: the class itself for the unnamed one.
 *
 * @publicApi
 */
export function getTestMailboxToken(relay: string = 'default'): InjectionToken {
  return relay === 'default' ? TestMailbox : `nestjs-mail-relay:${relay}:TestMailbox`;
}

/** Injects the mailbox of a relay. For the unnamed relay the constructor's type is enough. @publicApi */
export function InjectTestMailbox(relay?: string): ParameterDecorator & PropertyDecorator {
  return Inject(getTestMailboxToken(relay));
}
