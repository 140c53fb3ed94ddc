import type { MailId } from '../../../core/mail/mail-id.js';
import type { LoggedEvent, LogPage, LogRequest, ReaderProgress } from '../../../events/log/event-log.js';
import type { CheckedCounterQuery, CheckedSearch } from '../../../journal/journal-store.js';
import type {
  ErasedData,
  EventCount,
  FoundMail,
  JournalPage,
  MailReference,
  MailTimeline,
} from '../../../journal/mail-journal.js';
import type {
  Change,
  KeptPage,
  KeptQuery,
  KeptReason,
  MailSelector,
  PauseTarget,
  StreamCounts,
} from '../../../spool/spool-control.js';
import type { Claim, ClaimRequest, DueMail, Settlement, SpoolCounts } from '../../../spool/spool.js';
import type { SpooledMail } from '../../../spool/spooled-mail.js';
import type { StoredEvent } from '../events/stored-event.js';
import type { StoredBody } from './stored-body.js';
import type { SuppressionCallSet } from './suppression-calls.js';

/** A mail on its way to the file, written out by whoever adds it: text crosses to the thread at the least cost. */
export interface StoredEntry {
  readonly id: MailId;
  readonly lane: string;
  readonly stream: string;
  readonly tenant: string;
  /** JSON. */
  readonly mail: string;
  /** JSON. */
  readonly recipients: string;
  readonly dueAt: number | null;
  readonly keptReason: KeptReason | null;
  readonly idempotency?: { readonly key: string; readonly fingerprint: string } | undefined;
  readonly body: StoredBody;
  readonly events: readonly StoredEvent[];
}

export type AddAnswer =
  /** With a claim when one was asked for, and was to be had at this moment. */
  | { readonly kind: 'added'; readonly claim?: { readonly token: string; readonly now: number } | undefined }
  | { readonly kind: 'known'; readonly spooled: SpooledMail }
  | { readonly kind: 'conflict'; readonly mailId: MailId };

/** A claim without what only the process that asked can have. */
export interface ClaimedMail extends Omit<Claim, 'message'> {
  /** Absent when the message is large: then it is asked for when it is needed. */
  readonly message?: Uint8Array | undefined;
}

/** Which claim is meant. */
export interface ClaimKey {
  readonly id: MailId;
  readonly token: string;
}

/**
 * What the process asks of the thread that holds the file. Everything here can be cloned; a call is one step of a
 * transaction, and its answer leaves when that is on the disk.
 */
export interface SpoolCalls extends SuppressionCallSet {
  add(entries: readonly StoredEntry[], claim?: ClaimRequest): Promise<readonly AddAnswer[]>;
  claim(id: MailId, request: ClaimRequest): Promise<ClaimedMail | undefined>;
  renew(key: ClaimKey, leaseMs: number): Promise<boolean>;
  mark(key: ClaimKey, transport: string, recipients: readonly string[]): Promise<boolean>;
  settle(
    key: ClaimKey,
    settlement: Omit<Settlement, 'events'>,
    events: readonly StoredEvent[],
  ): Promise<SpooledMail | undefined>;
  message(key: ClaimKey): Promise<StoredBody | undefined>;
  setAside(key: ClaimKey): Promise<void>;
  due(limit: number): Promise<readonly DueMail[]>;
  nextDueAt(): Promise<number | undefined>;
  get(id: MailId): Promise<SpooledMail | undefined>;
  counts(): Promise<SpoolCounts>;
  cancel(which: MailSelector): Promise<Change>;
  reschedule(which: MailSelector, dueAt: number): Promise<Change>;
  pause(target: PauseTarget): Promise<void>;
  resume(target: PauseTarget): Promise<void>;
  paused(): Promise<readonly PauseTarget[]>;
  streams(): Promise<readonly StreamCounts[]>;
  kept(query: KeptQuery): Promise<KeptPage>;
  keptCounts(): Promise<Readonly<Record<KeptReason, number>>>;
  replay(id: MailId, lifetimeMs: number): Promise<SpooledMail | undefined>;
  discard(id: MailId): Promise<boolean>;
  purge(limit: number): Promise<number>;

  appendEvents(events: readonly StoredEvent[]): Promise<void>;
  readEvents(request: LogRequest): Promise<LogPage>;
  eventsAt(positions: readonly string[]): Promise<readonly LoggedEvent[]>;
  endOfEvents(): Promise<string>;
  holdReader(
    name: string,
    owner: string,
    leaseMs: number,
  ): Promise<{ readonly token: string; readonly progress: ReaderProgress } | undefined>;
  saveReader(name: string, token: string, progress: ReaderProgress, leaseMs: number): Promise<boolean>;
  releaseReader(name: string, token: string): Promise<void>;

  timeline(id: MailId): Promise<MailTimeline | undefined>;
  search(search: CheckedSearch): Promise<JournalPage>;
  counters(query: CheckedCounterQuery): Promise<readonly EventCount[]>;
  find(reference: MailReference): Promise<FoundMail | undefined>;
  /** Erases some of the recipients with this address; asked again until there is none. */
  eraseSome(address: string): Promise<ErasedData>;
  purgeJournal(limit: number): Promise<number>;
}

/** The name of a call. */
export type CallName = keyof SpoolCalls;

/**
 * Calls whose loss by a power failure changes nothing that was promised: a claim, its renewal and the telling of what
 * is due are only needed while this process lives. Their transaction does not wait for the disk.
 */
export const NEEDS_NO_FSYNC: ReadonlySet<CallName> = new Set<CallName>([
  'claim',
  'renew',
  'message',
  'due',
  'nextDueAt',
  'get',
  'counts',
  'paused',
  'streams',
  'kept',
  'keptCounts',
  'readEvents',
  'eventsAt',
  'endOfEvents',
  // Progress that is lost leads to events that are told again.
  'holdReader',
  'saveReader',
  'releaseReader',
  'timeline',
  'search',
  'counters',
  'find',
  'findSuppressions',
  'pageSuppressions',
]);
