import type { MailHealth, MailHealthReport } from './mail-health.js';

/** What a health check of Terminus takes: the report under its key. @publicApi */
export type MailHealthResult<Key extends string = 'mail'> = Record<Key, MailHealthReport>;

/**
 * Says how a relay is, in the shape that a health check of `@nestjs/terminus` 11 and 12 takes. It asks a transport at most
 * once in the probe interval, however often it is asked itself.
 *
 * @example
 * ```ts
 * this.health.check([() => this.mail.isHealthy()]);
 * ```
 * @publicApi
 */
export class MailHealthIndicator {
  readonly #health: MailHealth;

  /** @internal The module makes it. */
  constructor(health: MailHealth) {
    this.#health = health;
  }

  /**
   * `down` when something fails that readiness depends on; `up` with `degraded: true` when mail is still accepted but
   * something is wrong. Never rejects.
   *
   * @param key under which the report stands
   */
  async isHealthy<const Key extends string = 'mail'>(key?: Key): Promise<MailHealthResult<Key>> {
    // The key is the given one, or the default of its type.
    return { [key ?? 'mail']: await this.#health.report() } as MailHealthResult<Key>;
  }
}
