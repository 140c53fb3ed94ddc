import { MailRelayError } from '../core/mail-relay-error.js';
import type { MailTransport } from './mail-transport.js';

/** A transport under the name that streams and logs know it by. @internal */
export interface NamedTransport {
  readonly name: string;
  readonly transport: MailTransport;
}

/**
 * The opened transports of one relay. Applications inject it to reach a transport whose name is known only at run
 * time; those declared statically are injected with `@InjectTransport(name)`.
 *
 * @publicApi
 */
export class TransportRegistry {
  readonly #transports = new Map<string, MailTransport>();

  /**
   * @param transports one transport may stand under several names
   * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` when a name is used twice
   */
  constructor(transports: readonly NamedTransport[]) {
    for (const { name, transport } of transports) {
      if (this.#transports.has(name)) {
        throw new MailRelayError(
          'ERR_MAIL_RELAY_OPTIONS',
          `Two transports are named "${name}", and streams could not tell them apart. Give each a name of its own.`,
          { field: 'transports' },
        );
      }
      this.#transports.set(name, transport);
    }
  }

  /**
   * @returns the transport of this name
   * @throws MailRelayError `ERR_MAIL_RELAY_UNKNOWN_TRANSPORT` naming those there are
   */
  get(name: string): MailTransport {
    const transport = this.#transports.get(name);
    if (transport !== undefined) return transport;
    const known = this.names();
    const there =
      known.length === 0
        ? 'this relay has none'
        : `this relay has ${known.map((one) => `"${one}"`).join(', ')}`;
    throw new MailRelayError(
      'ERR_MAIL_RELAY_UNKNOWN_TRANSPORT',
      `A transport named "${name}" was asked for, but ${there}. Correct the name, or declare the transport.`,
    );
  }

  /** In the order of their declaration. */
  names(): readonly string[] {
    return [...this.#transports.keys()];
  }

  /**
   * Closes every transport, each once, all at the same time.
   *
   * @throws AggregateError when some could not be closed; the others are closed nevertheless
   */
  async closeAll(): Promise<void> {
    const closings = [...new Set(this.#transports.values())].map((transport) => transport.close());
    const results = await Promise.allSettled(closings);
    const reasons = results.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    if (reasons.length > 0) {
      throw new AggregateError(
        reasons,
        `${reasons.length} of ${closings.length} transports could not be closed.`,
      );
    }
  }
}
