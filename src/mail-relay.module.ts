import { Module, type ConfigurableModuleAsyncOptions, type DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ConfigurableModuleClass, type MailRelayExtras } from './mail-relay.module-definition.js';
import { templateFeature, type MailRelayFeatureOptions } from './mail-relay.template-feature.js';
import type { MailRelayOptions } from './options/mail-relay-options.js';

/** Makes the options of a relay, for `forRootAsync({ useClass })` and `useExisting`. @publicApi */
export interface MailRelayOptionsFactory {
  createMailRelayOptions(): MailRelayOptions | Promise<MailRelayOptions>;
}

/** What `MailRelayModule.forRoot` takes. @publicApi */
export type MailRelayModuleOptions = MailRelayOptions & MailRelayExtras;

/**
 * What `MailRelayModule.forRootAsync` takes: where the options come from, and what has to be known without them.
 *
 * @publicApi
 */
export type MailRelayModuleAsyncOptions = ConfigurableModuleAsyncOptions<
  MailRelayOptions,
  'createMailRelayOptions'
> &
  MailRelayExtras;

/**
 * Gives an application a mail service it can trust. Import it once per relay, in the root module.
 *
 * @example
 * ```ts
 * MailRelayModule.forRoot({
 *   from: 'Acme <hello@acme.test>',
 *   transport: process.env.MAIL_URL ?? 'capture:.mail',
 *   templates: { dir: 'templates' },
 * })
 * ```
 * @publicApi
 */
@Module({ imports: [DiscoveryModule] })
export class MailRelayModule extends ConfigurableModuleClass {
  /**
   * Templates that a module of the application brings. Import it in that module; the relay's own templates win over
   * those of the same name.
   */
  static forFeature(options: MailRelayFeatureOptions): DynamicModule {
    return templateFeature(options);
  }

  /** Options that are known when the module is defined. */
  static override forRoot(options: MailRelayModuleOptions = {}): DynamicModule {
    return super.forRoot(options);
  }

  /** Options that come from a factory, a class or an existing provider. */
  static override forRootAsync(options: MailRelayModuleAsyncOptions): DynamicModule {
    return super.forRootAsync(options);
  }
}
