// The module
export { MailRelayModule } from './mail-relay.module.js';
export type {
  MailRelayModuleAsyncOptions,
  MailRelayModuleOptions,
  MailRelayOptionsFactory,
} from './mail-relay.module.js';
export type { MailRelayExtras } from './mail-relay.module-definition.js';
export type { TransportClass } from './mail-relay.transport-class.js';
export type { TenantBounds, TenantProvider } from './mail-relay.tenants.js';
export type { MailRelayFeature, MailRelayFeatureInput } from './mail-relay.feature.js';
export { DELIVERY_MODES } from './options/delivery-option.js';
export type { DeliveryMode, DeliveryOption, StagingDelivery } from './options/delivery-option.js';
export type { MailRelayOptions } from './options/mail-relay-options.js';
export type { AttachmentOptions } from './options/attachment-options.js';
export type { BreakerOptions } from './options/breaker-options.js';
export type { LimitOptions, RateLimitOptions, TransportLimitOptions } from './options/limit-options.js';
export type { RetryOptions } from './options/retry-options.js';
export type { JournalOptions, JournalRetentionOptions } from './options/journal-options.js';
export type { ShutdownOptions } from './options/shutdown-options.js';
export type { StreamOptions } from './options/stream-options.js';
export type { WorkerOptions } from './options/worker-options.js';
export type { UncertainPolicy } from './relay/relay-settings.js';
export {
  getMailJournalToken,
  getMailOperationsToken,
  getMailServiceToken,
  getTransportRegistryToken,
  getSuppressionListToken,
  getTransportStatesToken,
  getTransportToken,
  InjectMailJournal,
  InjectMailOperations,
  InjectMailService,
  InjectTransport,
  InjectTransportRegistry,
  InjectSuppressionList,
  InjectTransportStates,
} from './mail-relay.tokens.js';

// Sending
export { MailService } from './mailer/mail.service.js';
export type { SendOptions } from './mailer/mail.service.js';
export type { MailChange } from './mailer/mail-change.js';
export type {
  BulkCounts,
  BulkProblem,
  BulkRecipient,
  BulkResult,
  BulkSource,
  QueueManyOptions,
  QueueManyToOptions,
} from './mailer/bulk/queue-many-options.js';
export type { MailReceipt, ReceiptRecipient } from './mailer/mail-receipt.js';
export { MailRequestDto } from './mailer/mail-request.dto.js';
export type {
  AddressesInput,
  AddressInput,
  AlternativeDraft,
  AttachmentContent,
  AttachmentDraft,
  CalendarDraft,
  ListDraft,
  LocalTime,
  MailDraft,
  MailDraftFields,
  MailTemplates,
  TypedTemplate,
  UntypedTemplate,
} from './core/mail/mail-draft.js';
export { parseAddressList } from './core/address/address-list.js';
export type { AddressRules } from './core/address/address-rules.js';
export type { Mailbox } from './core/address/mailbox.js';
export type { Envelope } from './core/mail/envelope.js';
export type { Mail } from './core/mail/mail.js';
export type { MailId } from './core/mail/mail-id.js';
export { RECIPIENT_STATES } from './core/mail/delivery-report.js';
export type { DeliveryReport, RecipientReport, RecipientState } from './core/mail/delivery-report.js';
export { MailRelayError, MAIL_RELAY_ERROR_CODES } from './core/mail-relay-error.js';
export type { MailRelayErrorCode, MailRelayErrorDetails } from './core/mail-relay-error.js';

// Failures
export { FAILURE_CLASSES, SMTP_STAGES } from './core/failure/delivery-failure.js';
export type {
  Blame,
  DeliveryFailure,
  FailoverAdvice,
  FailureClass,
  FailureScope,
  RetryAdvice,
  SmtpStage,
  SuppressAdvice,
  ThrottleScope,
} from './core/failure/delivery-failure.js';
export type { DeliveryOutcome } from './core/failure/delivery-outcome.js';
export { failedOutcome } from './core/failure/delivery-outcome.js';
export { FAILURE_REASONS, reasonOf } from './core/failure/failure-reason.js';
export type { FailureReason } from './core/failure/failure-reason.js';
export { FAILURE_ACTIONS, actionOf } from './core/failure/failure-action.js';
export type { FailureAction } from './core/failure/failure-action.js';
export { classifyFailure } from './core/failure/failure-classifier.js';
export type {
  DocumentedAnswer,
  FailureEvidence,
  FailureProvenance,
} from './core/failure/failure-evidence.js';
export { providerOfHost } from './core/failure/provider.js';
export type { ProviderName } from './core/failure/provider.js';
export { parseSmtpReply } from './core/failure/smtp-reply.js';
export type { SmtpReply } from './core/failure/smtp-reply.js';

// Events
export { OnMailEvent } from './events/on-mail-event.decorator.js';
export type { DurableListenerOptions, MailListenerOptions } from './events/listener-options.js';
export type { MailEventFilter } from './events/mail-event-filter.js';
export { MAIL_ACTORS, MAIL_EVENT_TYPES, OUTSIDE_EVENT_TYPES } from './events/mail-event.js';
export type {
  BounceKind,
  MailActor,
  MailAutoreplied,
  MailBounced,
  MailCancelled,
  MailClicked,
  MailComplained,
  MailDeferred,
  MailDelivered,
  MailEvent,
  MailEventMap,
  MailEventType,
  MailFailed,
  MailHeld,
  MailOpened,
  MailQueued,
  MailSent,
  MailSuppressed,
  MailUncertain,
  MailUnsubscribed,
  OutsideEventType,
} from './events/mail-event.js';

export { TRANSPORT_EVENT_TYPES } from './events/transport-event.js';
export type {
  TransportDown,
  TransportEvent,
  TransportEventMap,
  TransportEventType,
  TransportUp,
} from './events/transport-event.js';
export { RELAY_EVENT_TYPES } from './events/relay-event.js';
export type { RelayEvent, RelayEventMap, RelayEventType } from './events/relay-event.js';
export type { FactUnmatched } from './events/unmatched-fact.js';

export type { FactReceipt, FactReference, OutsideFact } from './mailer/ingest/outside-fact.js';

// Suppression
export { SuppressionList } from './suppression/suppression-list.js';
export type {
  NewSuppression,
  SuppressionColumn,
  SuppressionImport,
  SuppressionImportOptions,
  SuppressionImportProblem,
  SuppressionPage,
  SuppressionQuery,
  SuppressionSelector,
  SuppressionTarget,
} from './suppression/suppression-list.js';
export { SuppressionStore } from './suppression/suppression-store.js';
export type {
  BounceMark,
  StoredPage,
  StoredQuery,
  StoredSelector,
  StoredSuppression,
} from './suppression/suppression-store.js';
export { SUPPRESSION_REASONS } from './suppression/suppression.js';
export type { Suppression, SuppressionReason, SuppressionScope } from './suppression/suppression.js';
export type { SuppressionOptions } from './options/suppression-options.js';

// Transports
export { MailTransport } from './transports/mail-transport.js';
export type {
  TransportRequest,
  TransportResult,
  TransportVerification,
} from './transports/mail-transport.js';
export type { RateLimits } from './core/rate-limits.js';
export type { Clock } from './core/schedule/clock.js';
export type {
  TransportDefinition,
  TransportLimits,
  TransportSetup,
} from './transports/transport-definition.js';
export { TenantResolver } from './tenants/tenant-resolver.js';
export type { TenantSettings } from './tenants/tenant-resolver.js';
export { TransportRegistry } from './transports/transport-registry.js';
export { TransportStates } from './circuits/transport-states.js';
export type { NamedTransportState, TransportState } from './circuits/transport-states.js';
export { CIRCUIT_REASONS } from './core/circuit/circuit-state.js';
export type { CircuitReason } from './core/circuit/circuit-state.js';
export { TRANSPORT_SELECTORS } from './transports/route/route-settings.js';
export type { TransportSelector } from './transports/route/route-settings.js';
export type { DkimKey } from './transports/dkim-key.js';

// Templates and policies
export type { TemplateHelper, TemplateOptions } from './templates/template-options.js';
export type {
  EngineFacts,
  FunctionContent,
  TemplateEngine,
  TemplateFunction,
} from './templates/template-engine.js';
export type { MjmlEngine } from './templates/mjml/compile-mjml.js';
export { TemplateLoader } from './templates/template-loader.js';
export type { TemplateFile, TemplateSources } from './templates/template-loader.js';
export { MemoryTemplateLoader } from './templates/memory-template-loader.js';
export { TemplateRenderer } from './templates/template-renderer.js';
export type { RenderedContent, RenderRequest } from './templates/template-renderer.js';
export { ContentTransform } from './templates/content-transform.js';
export type { ContentFacts } from './templates/content-transform.js';
export { MailPolicy } from './policies/mail-policy.js';
export type {
  AdmissionFacts,
  DispatchDecision,
  DispatchFacts,
  PolicyDecision,
} from './policies/mail-policy.js';

// Transports as values
export { capture } from './transports/capture/capture.js';
export type { CaptureTransportOptions } from './transports/capture/capture.js';
export { log } from './transports/log/log.js';
export type { LogTransportOptions } from './transports/log/log.js';
export { memory } from './transports/memory/memory.js';
export type { MemoryTransportOptions } from './transports/memory/memory.js';
export { MemoryTransport } from './transports/memory/memory.transport.js';
export type { MemoryMessage } from './transports/memory/memory.transport.js';
export { LABEL_PROVIDERS, MAIL_LABELS } from './transports/provider-labels/label-provider.js';
export type { LabelProvider, MailLabel } from './transports/provider-labels/label-provider.js';
export type { SmtpProviderOptions } from './transports/provider-labels/provider-option.js';
export { sendmail } from './transports/sendmail/sendmail.js';
export type { SendmailTransportOptions } from './transports/sendmail/sendmail.js';
export { smtp } from './transports/smtp/smtp.js';
export type {
  AccessTokenSource,
  SmtpAuth,
  SmtpTlsOptions,
  SmtpTransportOptions,
} from './transports/smtp/smtp-options.js';
export { oauth2Token } from './transports/smtp/oauth2-token.js';
export type { OAuth2TokenOptions } from './transports/smtp/oauth2-token.js';
export { defineMail } from './mailer/define-mail.js';
export type { DefinedMail, MailDefinition } from './mailer/define-mail.js';
export { getTemplateCatalogToken, InjectTemplateCatalog } from './mail-relay.tokens.js';
export type { MailRelayFeatureOptions } from './mail-relay.template-feature.js';
export { lintTemplates } from './templates/lint-templates.js';
export { TemplateCatalog } from './templates/template-catalog.js';
export type { PreviewOptions, TemplatePreview } from './templates/template-catalog.js';
export type { TemplateDescription } from './templates/template-renderer.js';
export { TEMPLATE_RULES } from './templates/lint/template-finding.js';
export type { FindingSeverity, TemplateFinding, TemplateRule } from './templates/lint/template-finding.js';

// Operations
export { MailOperations } from './operations/mail-operations.js';
export type { FailedFilter, FailedQuery, ReplayOptions } from './operations/mail-operations.js';
export type { FailedMail, FailedPage } from './operations/kept-report.js';
export type { MailCounts, StreamBacklog } from './operations/mail-counts.js';

// The journal
export { COUNTER_DIMENSIONS, MailJournal } from './journal/mail-journal.js';
export type {
  CounterDimension,
  CounterQuery,
  ErasedData,
  EventCount,
  FoundMail,
  JournalEntry,
  JournalMail,
  JournalPage,
  JournalRecipient,
  JournalSearch,
  MailReference,
  MailTimeline,
} from './journal/mail-journal.js';
export { JournalStore } from './journal/journal-store.js';
export type { CheckedCounterQuery, CheckedSearch, JournalRetention } from './journal/journal-store.js';
export { NO_STANDING, RECIPIENT_FACTS, standingAfter, standingEventOf } from './journal/recipient-state.js';
export type { RecipientFact, RecipientStanding, StandingEvent } from './journal/recipient-state.js';

// Observation
export { StageObserver } from './core/observation/stage-observer.js';
export type { MailStage, ObservedStage, StageFacts } from './core/observation/stage-observer.js';

// Storages and queues: what adapters implement
export { EventLog } from './events/log/event-log.js';
export type {
  HeldReader,
  LoggedEvent,
  LogPage,
  LogRequest,
  ReaderProgress,
  WaitingEvent,
} from './events/log/event-log.js';
export { Spool } from './spool/spool.js';
export type {
  Claim,
  ClaimRequest,
  DueMail,
  Durability,
  Settlement,
  SpoolCounts,
  SpoolEntry,
  SpoolReceipt,
} from './spool/spool.js';
export type { SpooledMail, SpooledRecipient } from './spool/spooled-mail.js';
export {
  cancelledRecipients,
  KEPT_REASONS,
  keptReasonOf,
  mayReschedule,
  replayed,
  rescheduled,
  rescheduledRecipients,
  SpoolControl,
} from './spool/spool-control.js';
export type {
  Change,
  KeptMail,
  KeptPage,
  KeptQuery,
  KeptReason,
  MailSelector,
  PauseTarget,
  SpoolRetention,
  StreamCounts,
} from './spool/spool-control.js';
export { MailQueue } from './queue/mail-queue.js';
export type { LaneConsumer, LaneCounts, RingHandler } from './queue/mail-queue.js';
