import type { DeliveryFailure } from '../../../core/failure/delivery-failure.js';
import type { MailEvent } from '../../../events/mail-event.js';

/** What tells of a person, or is in the words of somebody who may. */
const PERSONAL = ['subject', 'originalRecipients', 'reply', 'reason', 'url'] as const;

/** An event without what is known of a person. @param mark what stands for the recipient */
export function withoutPersonalData(event: MailEvent, mark: string): MailEvent {
  const rest: Record<string, unknown> = { ...event, recipient: mark, metadata: {} };
  for (const name of PERSONAL) delete rest[name];
  // A reason is there in every event of these types.
  if ('reason' in event && (event.type === 'held' || event.type === 'suppressed')) rest['reason'] = '';
  if ('failure' in event) rest['failure'] = withoutReply(event.failure);
  // Its type asks for nothing that is gone.
  return rest as unknown as MailEvent;
}

/** The summary is of our own words, without addresses. */
function withoutReply({ reply: _reply, ...failure }: DeliveryFailure): DeliveryFailure {
  return failure;
}
