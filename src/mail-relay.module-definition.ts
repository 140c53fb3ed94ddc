import { ConfigurableModuleBuilder, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import type { MailRelayFeature, MailRelayFeatureInput } from './mail-relay.feature.js';
import type { TenantProvider } from './mail-relay.tenants.js';
import { relayProviders, relayExports, type RelayShape } from './mail-relay.providers.js';
import { DEFAULT_RELAY } from './mail-relay.tokens.js';
import { MailRelayError } from './core/mail-relay-error.js';
import type { MailRelayOptions } from './options/mail-relay-options.js';
import type { TransportClass } from './mail-relay.transport-class.js';

/**
 * What shapes the dependency graph, and therefore stands beside `useFactory` and never comes from it.
 *
 * @publicApi
 */
export interface MailRelayExtras {
  /**
   * Tells several relays of one application apart.
   *
   * @default 'default'
   */
  readonly name?: string | undefined;
  /** @default true */
  readonly isGlobal?: boolean | undefined;
  /** What `with*()` functions return. */
  readonly features?: readonly MailRelayFeatureInput[] | undefined;
  readonly transportClasses?: readonly TransportClass[] | undefined;
  /**
   * The queues with workers of their own; a stream names its lane.
   *
   * @default ['transactional', 'marketing']
   */
  readonly lanes?: readonly string[] | undefined;
  /** Knows whose mail may go from which domains and over which transport: `draft.tenant`. */
  readonly tenants?: TenantProvider | undefined;
}

const DEFAULT_LANES = ['transactional', 'marketing'] as const;
const NAME = /^[A-Za-z][\w-]{0,63}$/;

const NO_EXTRAS: MailRelayExtras = {
  name: undefined,
  isGlobal: undefined,
  features: undefined,
  transportClasses: undefined,
  lanes: undefined,
  tenants: undefined,
};

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<MailRelayOptions>({
    moduleName: 'MailRelay',
  })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createMailRelayOptions')
    .setExtras(NO_EXTRAS, compose)
    .build();

/** Makes one flat module of the core and the features; a feature's provider comes later and wins. */
function compose(definition: DynamicModule, extras: MailRelayExtras): DynamicModule {
  const shape = shapeOf(extras);
  const features = (extras.features ?? []).map((one) =>
    typeof one === 'function' ? one(shape.name, shape.lanes) : one,
  );
  const all = <Key extends keyof ModuleMetadata>(key: Key) =>
    features.flatMap((feature: MailRelayFeature) => [...(feature[key] ?? [])]);
  return {
    ...definition,
    global: extras.isGlobal ?? true,
    imports: [...(definition.imports ?? []), ...(extras.tenants?.imports ?? []), ...all('imports')],
    controllers: all('controllers'),
    providers: [
      ...(definition.providers ?? []),
      ...relayProviders(MODULE_OPTIONS_TOKEN, {
        ...shape,
        policies: features.flatMap(({ policies = [] }) => policies),
        contentTransforms: features.flatMap(({ contentTransforms = [] }) => contentTransforms),
        observers: features.flatMap(({ observers = [] }) => observers),
      }),
      ...all('providers'),
    ],
    exports: [...(definition.exports ?? []), ...relayExports(shape), ...all('exports')],
  };
}

function shapeOf(extras: MailRelayExtras): RelayShape {
  const { name = DEFAULT_RELAY, transportClasses = [], lanes = DEFAULT_LANES } = extras;
  checkNames('name', [name]);
  checkNames('lanes', lanes);
  checkNames(
    'transportClasses',
    transportClasses.map((one) => one.name),
  );
  return {
    name,
    transportClasses,
    lanes,
    tenants: extras.tenants,
    policies: [],
    contentTransforms: [],
    observers: [],
  };
}

function checkNames(option: string, names: readonly string[]): void {
  const bad = names.find((name) => typeof name !== 'string' || !NAME.test(name));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (bad === undefined && twice === undefined && names.length >= (option === 'lanes' ? 1 : 0)) return;
  const what = twice === undefined ? 'holds a name that is none' : `holds "${twice}" twice`;
  throw new MailRelayError(
    'ERR_MAIL_RELAY_OPTIONS',
    `The option ${option} of MailRelayModule ${what}. Use letters, digits, - and _, beginning with a letter, each name once.`,
    { field: option },
  );
}
