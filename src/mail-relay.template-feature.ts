import type { DynamicModule } from '@nestjs/common';
import type { DiscoveryService } from '@nestjs/core';
import { DEFAULT_RELAY, TEMPLATE_FEATURE } from './mail-relay.tokens.js';

/** What `MailRelayModule.forFeature` takes. @publicApi */
export interface MailRelayFeatureOptions {
  /** Templates that a module of the application brings: the same files as in the relay's own directory. */
  readonly templates: {
    /** As in the option `templates.dir` of the relay; absolute or relative to the application. */
    readonly dir: string | readonly string[];
  };
  /** The relay they are for. @default the unnamed one */
  readonly relay?: string | undefined;
}

class MailRelayTemplatesModule {}

/** A module that says nothing but where templates are; the relay finds it when it boots. */
export function templateFeature({
  templates,
  relay = DEFAULT_RELAY,
}: MailRelayFeatureOptions): DynamicModule {
  const feature: TemplateFeature = { relay, dirs: [templates.dir].flat() };
  return {
    module: MailRelayTemplatesModule,
    providers: [{ provide: TEMPLATE_FEATURE, useValue: feature }],
  };
}

interface TemplateFeature {
  readonly relay: string;
  readonly dirs: readonly string[];
}

/** The directories that modules bring for a relay. Values are there before any provider is made. */
export function findTemplateDirs(discovery: DiscoveryService, relay: string): readonly string[] {
  const features = discovery
    .getProviders()
    .filter(({ token }) => token === TEMPLATE_FEATURE)
    // Only `templateFeature()` provides this token.
    .map(({ instance }) => instance as TemplateFeature);
  return [...new Set(features.filter((one) => one.relay === relay).flatMap(({ dirs }) => dirs))];
}
