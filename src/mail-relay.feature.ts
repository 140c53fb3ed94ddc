import type { ModuleMetadata, Type } from '@nestjs/common';
import type { StageObserver } from './core/observation/stage-observer.js';
import type { MailPolicy } from './policies/mail-policy.js';
import type { ContentTransform } from './templates/content-transform.js';

/**
 * What a `with*()` function returns: plain data that adds to the dependency graph of one relay. A provider of a
 * feature replaces the default of the same token, because later providers win.
 *
 * @publicApi
 */
export interface MailRelayFeature extends Pick<
  ModuleMetadata,
  'imports' | 'controllers' | 'providers' | 'exports'
> {
  /** Policies, asked in this order. */
  readonly policies?: readonly Type<MailPolicy>[] | undefined;
  /** Changes of rendered content before it is composed, in this order. */
  readonly contentTransforms?: readonly Type<ContentTransform>[] | undefined;
  /** See how long each stage of a mail takes. */
  readonly observers?: readonly Type<StageObserver>[] | undefined;
}

/**
 * A feature, or a function of the relay's name and lanes that makes one.
 *
 * @publicApi
 */
export type MailRelayFeatureInput =
  MailRelayFeature | ((relay: string, lanes: readonly string[]) => MailRelayFeature);
