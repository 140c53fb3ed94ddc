import type { Claim } from '../spool/spool.js';
import type { SpooledRecipient } from '../spool/spooled-mail.js';
import type { RoutedRecipient, StickTo } from '../transports/route/route-table.js';
import type { TransportRegistry } from '../transports/transport-registry.js';

/**
 * The recipients of an attempt, and who of them goes on with the transport of the attempt before: a server that
 * greylists knows its clients by their address, and one that may have taken the mail recognises it when it comes
 * again.
 */
export function stickingRecipients(
  claim: Claim,
  recipients: readonly string[],
  transports: TransportRegistry,
): readonly RoutedRecipient[] {
  if (claim.attempt === 1 && !claim.recipients.some(({ failure }) => failure)) {
    return recipients.map((address) => ({ address }));
  }
  const known = transports.names();
  const before = new Map(claim.recipients.map((one) => [one.address, one]));
  return recipients.map((address) => {
    const stickTo = stickToOf(before.get(address));
    return stickTo && known.includes(stickTo.transport) ? { address, stickTo } : { address };
  });
}

function stickToOf(before: SpooledRecipient | undefined): StickTo | undefined {
  const { transport, failure } = before ?? {};
  if (transport === undefined || failure === undefined) return undefined;
  switch (failure.class) {
    case 'uncertain':
      return { transport, only: true };
    case 'greylist':
      return { transport, only: false };
    default:
      return undefined;
  }
}
