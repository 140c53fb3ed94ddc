import { Inject } from '@nestjs/common';
import type { InjectionToken } from '@nestjs/common';
import { TransportStates } from './circuits/transport-states.js';
import { MailJournal } from './journal/mail-journal.js';
import { MailService } from './mailer/mail.service.js';
import { TemplateCatalog } from './templates/template-catalog.js';
import { MailOperations } from './operations/mail-operations.js';
import { SuppressionList } from './suppression/suppression-list.js';
import { TransportRegistry } from './transports/transport-registry.js';

/** The name of a relay that was given none. */
export const DEFAULT_RELAY = 'default';

/**
 * The token of a relay's `MailService`: the class itself for the unnamed relay.
 *
 * @publicApi
 */
export function getMailServiceToken(relay: string = DEFAULT_RELAY): InjectionToken {
  return relay === DEFAULT_RELAY ? MailService : named(relay, 'MailService');
}

/**
 * Injects the `MailService` of a relay. For the unnamed relay the constructor's type is enough.
 *
 * @publicApi
 */
export function InjectMailService(relay?: string): ParameterDecorator & PropertyDecorator {
  return Inject(getMailServiceToken(relay));
}

/**
 * The token of a relay's `MailOperations`: the class itself for the unnamed relay.
 *
 * @publicApi
 */
export function getMailOperationsToken(relay: string = DEFAULT_RELAY): InjectionToken {
  return relay === DEFAULT_RELAY ? MailOperations : named(relay, 'MailOperations');
}

/** Injects the `MailOperations` of a relay. @publicApi */
export function InjectMailOperations(relay?: string): ParameterDecorator & PropertyDecorator {
  return Inject(getMailOperationsToken(relay));
}

/**
 * The token of a relay's `MailJournal`: the class itself for the unnamed relay.
 *
 * @publicApi
 */
export function getMailJournalToken(relay: string = DEFAULT_RELAY): InjectionToken {
  return relay === DEFAULT_RELAY ? MailJournal : named(relay, 'MailJournal');
}

/** Injects the `MailJournal` of a relay. @publicApi */
export function InjectMailJournal(relay?: string): ParameterDecorator & PropertyDecorator {
  return Inject(getMailJournalToken(relay));
}

/**
 * The token of a relay's `TransportRegistry`: the class itself for the unnamed relay.
 *
 * @publicApi
 */
export function getTransportRegistryToken(relay: string = DEFAULT_RELAY): InjectionToken {
  return relay === DEFAULT_RELAY ? TransportRegistry : named(relay, 'TransportRegistry');
}

/** Injects the `TransportRegistry` of a relay. @publicApi */
export function InjectTransportRegistry(relay?: string): ParameterDecorator & PropertyDecorator {
  return Inject(getTransportRegistryToken(relay));
}

/**
 * The token of a relay's `TransportStates`; the class itself for the unnamed relay.
 *
 * @publicApi
 */
export function getTransportStatesToken(relay: string = DEFAULT_RELAY): InjectionToken {
  return relay === DEFAULT_RELAY ? TransportStates : named(relay, 'TransportStates');
}

/** Injects the `TransportStates` of a relay. @publicApi */
export function InjectTransportStates(relay?: string): ParameterDecorator & PropertyDecorator {
  return Inject(getTransportStatesToken(relay));
}

/**
 * The token of a transport declared in `transportClasses`.
 *
 * @publicApi
 */
export function getTransportToken(name: string, relay: string = DEFAULT_RELAY): InjectionToken {
  return named(relay, `transport:${name}`);
}

/**
 * Injects a transport that was declared statically, in `transportClasses`. Others come from
 * `TransportRegistry.get(name)`.
 *
 * @publicApi
 */
export function InjectTransport(name: string, relay?: string): ParameterDecorator & PropertyDecorator {
  return Inject(getTransportToken(name, relay));
}

/**
 * The token of a relay's `TemplateCatalog`: the class itself for the unnamed relay.
 *
 * @publicApi
 */
export function getTemplateCatalogToken(relay: string = DEFAULT_RELAY): InjectionToken {
  return relay === DEFAULT_RELAY ? TemplateCatalog : named(relay, 'TemplateCatalog');
}

/** Injects the `TemplateCatalog` of a relay. @publicApi */
export function InjectTemplateCatalog(relay?: string): ParameterDecorator & PropertyDecorator {
  return Inject(getTemplateCatalogToken(relay));
}

/**
 * The token of a relay's `SuppressionList`: the class itself for the unnamed relay.
 *
 * @publicApi
 */
export function getSuppressionListToken(relay: string = DEFAULT_RELAY): InjectionToken {
  return relay === DEFAULT_RELAY ? SuppressionList : named(relay, 'SuppressionList');
}

/** Injects the `SuppressionList` of a relay. @publicApi */
export function InjectSuppressionList(relay?: string): ParameterDecorator & PropertyDecorator {
  return Inject(getSuppressionListToken(relay));
}

/** Where a module of the application says that it brings templates. */
export const TEMPLATE_FEATURE = 'nestjs-mail-relay:template-feature';

/** Tokens within one relay's module; never exported. */
export const SETTINGS = 'nestjs-mail-relay:settings';
export const RELAY_NAME = 'nestjs-mail-relay:name';
/** Makes the transport that stands for every one of the relay, by name; undefined outside tests. */
export const TRANSPORT_OVERRIDE = 'nestjs-mail-relay:transport-override';
export const POLICIES = 'nestjs-mail-relay:policies';
/** The policy that is asked first; undefined where the suppression list is not asked. */
export const SUPPRESSION_POLICY = 'nestjs-mail-relay:suppression-policy';
/** What stands before every try, in this order. */
export const TRY_GATES = 'nestjs-mail-relay:try-gates';
/** Sees how long stages take; undefined where nobody does. */
export const STAGE_OBSERVER = 'nestjs-mail-relay:stage-observer';
export const CONTENT_TRANSFORMS = 'nestjs-mail-relay:content-transforms';

function named(relay: string, what: string): string {
  return `nestjs-mail-relay:${relay}:${what}`;
}
