const WRITTEN_BY_RELAY = 'the relay writes it: leave it out';
const WRITTEN_ON_THE_WAY = 'the servers a message passes write it: leave it out';
const WRITTEN_AT_SIGNING = 'the relay signs the message when it sends it: leave it out';
const WRITTEN_FOR_PARTS =
  'the relay writes it for each part: use draft.html, draft.text and draft.attachments';
const IMPORTANCE = 'draft.importance writes it: give one of the two';

/** Lower-case names, with what to do instead. */
const RESERVED: ReadonlyMap<string, string> = new Map([
  ['from', 'the relay writes it: use draft.from'],
  ['sender', 'the relay writes it: use draft.sender'],
  ['to', 'the relay writes it: use draft.to'],
  ['cc', 'the relay writes it: use draft.cc'],
  ['bcc', 'it would show the hidden recipients: use draft.bcc'],
  ['reply-to', 'the relay writes it: use draft.replyTo'],
  ['subject', 'the relay writes it: use draft.subject'],
  ['date', 'the relay writes it, as the moment the mail may go: use draft.sendAt'],
  ['message-id', 'the relay gives each mail its own: read it from the receipt'],
  ['in-reply-to', 'the relay writes it: use draft.inReplyTo'],
  ['references', 'the relay writes it: use draft.references'],
  ['list-id', 'the relay writes it: use draft.list.id'],
  ['list-unsubscribe', 'the relay writes it: use draft.list.unsubscribe'],
  ['list-unsubscribe-post', 'the relay writes it: use draft.list.unsubscribe.oneClick'],
  ['mime-version', WRITTEN_BY_RELAY],
  ['return-path', WRITTEN_ON_THE_WAY],
  ['received', WRITTEN_ON_THE_WAY],
  ['received-spf', WRITTEN_ON_THE_WAY],
  ['delivered-to', WRITTEN_ON_THE_WAY],
  ['authentication-results', WRITTEN_ON_THE_WAY],
  ['dkim-signature', WRITTEN_AT_SIGNING],
]);

const RESERVED_PREFIXES: readonly (readonly [prefix: string, reason: string])[] = [
  ['content-', WRITTEN_FOR_PARTS],
  ['resent-', 'it is for the one who forwards a message: send a new mail'],
  ['arc-', WRITTEN_ON_THE_WAY],
  ['x-mail-relay-', "the prefix is the relay's own: use another name"],
];

const IMPORTANCE_HEADERS: ReadonlySet<string> = new Set([
  'importance',
  'priority',
  'x-priority',
  'x-msmail-priority',
]);

/**
 * Why a header may not come from the caller, and what to use instead; undefined when it may.
 *
 * @param name in lower case
 * @param hasImportance whether the draft's `importance` writes headers
 * @internal
 */
export function reservedHeaderReason(name: string, hasImportance: boolean): string | undefined {
  if (hasImportance && IMPORTANCE_HEADERS.has(name)) return IMPORTANCE;
  return RESERVED.get(name) ?? RESERVED_PREFIXES.find(([prefix]) => name.startsWith(prefix))?.[1];
}
