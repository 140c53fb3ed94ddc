import type { Provider } from '@nestjs/common';
import { Clock } from './core/schedule/clock.js';
import { MailEventBus } from './events/mail-event-bus.js';
import { getSuppressionListToken, SETTINGS, SUPPRESSION_POLICY } from './mail-relay.tokens.js';
import type { ResolvedOptions } from './options/resolve-options.js';
import { StoredSuppressionList } from './suppression/stored-suppression-list.js';
import { FEEDING_TYPES, SuppressionFeeder } from './suppression/suppression-feeder.js';
import { SuppressionStore } from './suppression/suppression-store.js';
import { SuppressionSubjects } from './suppression/suppression-subjects.js';
import { SuppressionPolicy } from './suppression/suppression.policy.js';

/** Who must not be mailed. */
export function suppressionProviders(relay: string): Provider[] {
  return [
    {
      provide: SuppressionSubjects,
      inject: [SETTINGS],
      useFactory: ({ suppression, localDomains }: ResolvedOptions) =>
        new SuppressionSubjects(suppression === false ? [] : suppression.hashKeys, { localDomains }),
    },
    {
      provide: getSuppressionListToken(relay),
      inject: [SuppressionStore, SuppressionSubjects, Clock],
      useFactory: (store: SuppressionStore, subjects: SuppressionSubjects, clock: Clock) =>
        new StoredSuppressionList(store, subjects, clock),
    },
    {
      provide: SUPPRESSION_POLICY,
      inject: [SETTINGS, SuppressionStore, SuppressionSubjects, Clock],
      useFactory: (
        { suppression }: ResolvedOptions,
        store: SuppressionStore,
        subjects: SuppressionSubjects,
        clock: Clock,
      ) =>
        suppression === false
          ? undefined
          : new SuppressionPolicy({ store, subjects, marketing: suppression.marketing, clock }),
    },
    {
      provide: SuppressionFeeder,
      inject: [SETTINGS, SuppressionStore, SuppressionSubjects, Clock, MailEventBus],
      useFactory: (
        { suppression }: ResolvedOptions,
        store: SuppressionStore,
        subjects: SuppressionSubjects,
        clock: Clock,
        events: MailEventBus,
      ) => {
        if (suppression === false || !suppression.automatic) return undefined;
        const feeder = new SuppressionFeeder({ store, subjects, rules: suppression.rules, clock });
        events.listen({
          name: 'suppression',
          types: FEEDING_TYPES,
          filter: {},
          handle: (event) => feeder.handle(event),
          // Where events are kept, a store that is away for an hour misses none.
          durable: {},
          isOwn: true,
        });
        return feeder;
      },
    },
  ];
}
