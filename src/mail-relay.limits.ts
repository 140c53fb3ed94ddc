import type { Provider } from '@nestjs/common';
import type { Log } from './core/log.js';
import { Clock } from './core/schedule/clock.js';
import { LimitGate } from './limits/limit.gate.js';
import { LimitStore } from './limits/limit-store.js';
import { SETTINGS } from './mail-relay.tokens.js';
import { Tenants } from './tenants/tenants.js';
import type { ResolvedOptions } from './options/resolve-options.js';

/** What keeps the limits of a relay. */
export function limitProviders(log: Log): Provider[] {
  return [
    {
      provide: LimitGate,
      inject: [SETTINGS, LimitStore, Clock, Tenants],
      useFactory: (
        { limits }: ResolvedOptions,
        store: LimitStore,
        clock: Clock,
        tenants: Tenants | undefined,
      ) =>
        new LimitGate({
          settings: limits,
          store,
          clock,
          log,
          tenantLimits: tenants && ((tenant) => tenants.limitsOf(tenant)),
        }),
    },
  ];
}
