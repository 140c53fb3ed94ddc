import type { InjectionToken, ModuleMetadata, Provider, Type } from '@nestjs/common';
import { MailRelayError } from './core/mail-relay-error.js';
import type { Log } from './core/log.js';
import { Clock } from './core/schedule/clock.js';
import type { TransportOverride } from './mail-relay.transports.js';
import { SETTINGS, TRANSPORT_OVERRIDE } from './mail-relay.tokens.js';
import type { ResolvedOptions } from './options/resolve-options.js';
import { LiveTransports } from './tenants/live-transports.js';
import type { ResolvedTenant } from './tenants/resolved-tenant.js';
import { TenantResolver } from './tenants/tenant-resolver.js';
import { Tenants } from './tenants/tenants.js';
import { capture } from './transports/capture/capture.js';
import type { MailTransport } from './transports/mail-transport.js';
import type { TransportSetup } from './transports/transport-definition.js';

/** How many transports of tenants are open, and for how long. @publicApi */
export interface TenantBounds {
  /** Modules that what the resolver injects comes from. */
  readonly imports?: ModuleMetadata['imports'];
  /**
   * Transports of tenants that are open at the same time; the one used longest ago is closed for the next, after its
   * last mail.
   *
   * @default 100
   */
  readonly maxTransports?: number | undefined;
  /** After which time without mail a transport is closed, milliseconds. @default 600000 (10 minutes) */
  readonly idleMs?: number | undefined;
}

/** Where a relay's {@link TenantResolver} comes from. @publicApi */
export type TenantProvider = TenantBounds &
  (
    | { readonly useClass: Type<TenantResolver> }
    | { readonly useExisting: InjectionToken<TenantResolver> }
    | {
        readonly inject?: readonly InjectionToken[] | undefined;
        // What Nest injects is known to whoever wrote `inject`.
        // oxlint-disable-next-line typescript/no-explicit-any
        readonly useFactory: (...args: any[]) => TenantResolver | Promise<TenantResolver>;
      }
  );

const DEFAULT_MAX_TRANSPORTS = 100;
const DEFAULT_IDLE_MS = 10 * 60_000;
const CAPTURE_DIR = '.mail';

/** What knows the tenants of a relay; `Tenants` is undefined where there are none. */
export function tenantProviders(relay: string, given: TenantProvider | undefined, log: Log): Provider[] {
  if (given === undefined) return [{ provide: Tenants, useValue: undefined }];
  return [
    resolverProvider(given),
    {
      provide: Tenants,
      inject: [SETTINGS, Clock, TenantResolver, TRANSPORT_OVERRIDE],
      useFactory: (
        settings: ResolvedOptions,
        clock: Clock,
        resolver: TenantResolver,
        override: TransportOverride | undefined,
      ) => {
        const setup: TransportSetup = {
          relay,
          clock,
          notice: () => undefined,
          warn: (message) => log.warn(message),
        };
        const { maxTransports: max = DEFAULT_MAX_TRANSPORTS, idleMs = DEFAULT_IDLE_MS } = given;
        const open = (tenant: ResolvedTenant, name: string): MailTransport =>
          override ? override(name) : openTransport(tenant, settings, setup);
        const live = new LiveTransports(clock, log, open, { max, idleMs });
        return new Tenants({ resolver, live, clock, log, localDomains: settings.localDomains });
      },
    },
  ];
}

function resolverProvider(given: TenantProvider): Provider {
  if ('useClass' in given) return { provide: TenantResolver, useClass: given.useClass };
  if ('useExisting' in given) return { provide: TenantResolver, useExisting: given.useExisting };
  return { provide: TenantResolver, inject: [...(given.inject ?? [])], useFactory: given.useFactory };
}

/** A tenant's mail leaves this machine in no mode in which the relay's own does not. */
function openTransport(
  { definition }: ResolvedTenant,
  { mode }: ResolvedOptions,
  setup: TransportSetup,
): MailTransport {
  if (!definition) throw new TypeError('a tenant without a transport opens none');
  if (mode === 'capture' && definition.live) return capture({ dir: CAPTURE_DIR }).open(setup);
  if (!definition.live && mode !== 'capture' && process.env['NODE_ENV'] === 'production') {
    throw new MailRelayError(
      'ERR_MAIL_RELAY_OPTIONS',
      'transport keeps mail on this machine, and in production nobody would get it: give a live one',
      { field: 'transport' },
    );
  }
  return definition.open(setup);
}
