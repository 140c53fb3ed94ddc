import { Inject, type InjectionToken } from '@nestjs/common';
import { MailHealthIndicator } from './mail-health-indicator.js';

/**
 * The token of a relay's `MailHealthIndicator`: the class itself for the unnamed relay.
 *
 * @publicApi
 */
export function getMailHealthIndicatorToken(relay = 'default'): InjectionToken {
  return relay === 'default' ? MailHealthIndicator : `nestjs-mail-relay:${relay}:MailHealthIndicator`;
}

/** Injects the `MailHealthIndicator` of a relay. For the unnamed relay the constructor's type is enough. @publicApi */
export function InjectMailHealthIndicator(relay?: string): ParameterDecorator & PropertyDecorator {
  return Inject(getMailHealthIndicatorToken(relay));
}
