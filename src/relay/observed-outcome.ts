import type { DeliveryFailure } from '../core/failure/delivery-failure.js';

/** What became of recipients, each state once: `sent`, `bounced,sent`. */
export function outcomeOf(recipients: readonly { readonly state: string }[]): string {
  const states = new Set(recipients.map(({ state }) => state));
  return states.size === 0 ? 'failed' : [...states].toSorted().join(',');
}

/** The class of the first failure. */
export function failureOf(recipients: readonly object[]): string | undefined {
  for (const recipient of recipients) {
    if ('failure' in recipient && isFailure(recipient.failure)) return recipient.failure.class;
  }
  return undefined;
}

function isFailure(value: unknown): value is DeliveryFailure {
  return typeof value === 'object' && value !== null && 'class' in value;
}
