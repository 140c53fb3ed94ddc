import type { DynamicModule } from '@nestjs/common';
import { MailRelayModule } from 'nestjs-mail-relay';
import { withBull } from 'nestjs-mail-relay/bull';

/** The relay of both processes: the same name, the same Redis, another role. */
export function mailModule(role: 'api' | 'worker'): DynamicModule {
  return MailRelayModule.forRoot({
    from: 'Acme <hello@acme.test>',
    // Only who sends needs to know where to.
    ...(role === 'worker' && { transport: process.env['MAIL_URL'] ?? 'smtp://localhost' }),
    // A worker that was killed is replaced: its mail need not wait the usual minute.
    worker: role === 'worker' && { concurrency: 20, leaseMs: 5_000 },
    // What was under way to the server when the worker was killed may have gone: the relay waits ten minutes before it
    // risks a second copy, and a minute after any first try. So that the demonstration need not; leave this out.
    streams: { transactional: { retry: { delaysMs: [1_000, 60_000], uncertainMinMs: 1_000 } } },
    shutdown: { drainMs: 10_000 },
    features: [
      withBull({ namespace: process.env['MAIL_NAMESPACE'] ?? 'sample', redis: process.env['REDIS_URL'] }),
    ],
  });
}
