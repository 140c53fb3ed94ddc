export type { ContractRunner } from '../testing/contract-runner.js';
export { TestClock } from '../testing/test-clock.js';
export {
  describeTransportContract,
  TRANSPORT_CONTRACT_RECIPIENTS,
  TRANSPORT_SCENARIOS,
} from '../testing/transport-contract.js';
export type {
  AcceptedMessage,
  TransportContractOptions,
  TransportContractSubject,
  TransportScenario,
} from '../testing/transport-contract.js';
export { MailRelayTestingModule } from '../testing/mail-relay-testing.module.js';
export { overrideMailRelay } from '../testing/override-mail-relay.js';
export type { OverridableModuleBuilder } from '../testing/override-mail-relay.js';
export { TestMailbox } from '../testing/mailbox/test-mailbox.js';
export type { WaitForMailOptions } from '../testing/mailbox/test-mailbox.js';
export { getTestMailboxToken, InjectTestMailbox } from '../testing/mailbox/test-mailbox.tokens.js';
export { SentMail } from '../testing/mailbox/sent-mail.js';
export type { SentAttachment } from '../testing/mailbox/sent-mail.js';
export type { MailQuery } from '../testing/mailbox/mail-query.js';
export type { MailScript, ScriptedFailure } from '../testing/mailbox/mail-script.js';
export { mailRelayMatchers } from '../testing/matchers.js';
export type { MailRelayMatchers } from '../testing/matchers.js';
export { startMailCatcher } from '../testing/mail-catcher.js';
export type { MailCatcher, MailCatcherOptions } from '../testing/mail-catcher.js';
export { describeSpoolContract } from '../testing/spool-contract.js';
export type { SpoolContractOptions } from '../testing/spool-contract.js';
export { describeQueueContract } from '../testing/queue-contract.js';
export type { QueueContractOptions } from '../testing/queue-contract.js';
export { describeEventLogContract } from '../testing/event-log-contract.js';
export type { EventLogContractOptions, OpenEventLog } from '../testing/event-log-contract.js';
export { describeSuppressionContract } from '../testing/suppression-contract.js';
export type { SuppressionContractOptions } from '../testing/suppression-contract.js';
export { describeJournalContract } from '../testing/journal-contract.js';
export type { JournalContractOptions } from '../testing/journal-contract.js';
