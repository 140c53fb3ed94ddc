import type { MailEvent } from '../events/mail-event.js';

/** What tells of a person, or is in the words of somebody who may. */
const PERSONAL = ['subject', 'originalRecipients', 'reply', 'url'] as const;

/** An event without what is known of a person. @param mark what stands for the recipient */
export function withoutPersonalData(event: MailEvent, mark: string): MailEvent {
  // Its type asks for nothing that is gone.
  return { ...withoutPersonalFields({ ...event }), recipient: mark, metadata: {} } as unknown as MailEvent;
}

/** The fields of an event without what is known of a person; its recipient and metadata are left to the caller. */
export function withoutPersonalFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const rest = { ...fields };
  for (const name of PERSONAL) delete rest[name];
  if (typeof rest['reason'] === 'string') rest['reason'] = '';
  const { failure } = rest;
  // The summary of a failure is of our own words, without addresses; the reply is the server's.
  if (typeof failure === 'object' && failure !== null) {
    const { reply: _reply, ...kept } = failure as Readonly<Record<string, unknown>>;
    rest['failure'] = kept;
  }
  return rest;
}
