import { IsArray, IsIn, IsOptional, IsString } from 'class-validator';
import type { PlainOptions } from './plain-options.js';
import type { AddressInput } from '../core/mail/mail-draft.js';
import type { TemplateOptions } from '../templates/template-options.js';
import type { DkimKey } from '../transports/dkim-key.js';
import type { TransportDefinition } from '../transports/transport-definition.js';
import type { AttachmentOptions } from './attachment-options.js';
import type { DeliveryOption } from './delivery-option.js';
import type { BreakerOptions } from './breaker-options.js';
import type { JournalOptions } from './journal-options.js';
import type { LimitOptions } from './limit-options.js';
import type { ShutdownOptions } from './shutdown-options.js';
import type { StreamOptions } from './stream-options.js';
import type { SuppressionOptions } from './suppression-options.js';
import type { WorkerOptions } from './worker-options.js';

/**
 * The options of `MailRelayModule.forRoot` and of the factory of `forRootAsync`. All of them are optional; all
 * problems are reported at once, when the application boots.
 *
 * @publicApi
 */
export type MailRelayOptions = PlainOptions<MailRelayOptionsSchema>;

/** What `MailRelayOptions` must look like, as class-validator checks it. @internal */
export class MailRelayOptionsSchema {
  /** The From header of drafts that have none: `'Acme <hello@acme.test>'` or an object. */
  @IsOptional()
  readonly from?: AddressInput | undefined;

  /**
   * The one transport, by URL (`smtp://`, `smtps://`, `capture:<dir>`, `log:`, `memory:`) or as a value. Its name is
   * `default` unless the value says otherwise. Either this or `transports`.
   *
   * @default 'capture:.mail' outside production
   */
  @IsOptional()
  readonly transport?: string | TransportDefinition | undefined;

  /** Several transports, each with a name. */
  @IsOptional()
  @IsArray({ message: 'expected an array of transports, as smtp(), capture(), log() and memory() make them' })
  readonly transports?: readonly TransportDefinition[] | undefined;

  @IsOptional()
  readonly templates?: TemplateOptions | undefined;

  /** Rules of streams; `transactional` and `marketing` are always there. */
  @IsOptional()
  readonly streams?: Readonly<Record<string, StreamOptions>> | undefined;

  /**
   * `live`: to the transports. `capture`: every live transport is replaced by one that writes files into `.mail`.
   * `{ allow }` and `{ redirectTo }`: to the transports, but only to whom a staging system may mail.
   *
   * @default 'live', and 'capture' when `NODE_ENV` is `test`
   */
  @IsOptional()
  readonly delivery?: DeliveryOption | undefined;

  /**
   * Whether this process sends. With `false` it only queues; `send()` then throws.
   *
   * @default true
   */
  @IsOptional()
  readonly worker?: boolean | WorkerOptions | undefined;

  /** When a transport that cannot be reached is left alone. */
  @IsOptional()
  readonly breaker?: BreakerOptions | undefined;
  /** How much may go: by transport, recipient domain and tenant. A stream has `limits` of its own. */
  @IsOptional()
  readonly limits?: LimitOptions | undefined;

  /**
   * Who is not mailed any more. With `false` nobody asks the suppression list, and nothing fills it.
   *
   * @default {}
   */
  @IsOptional()
  readonly suppression?: false | SuppressionOptions | undefined;

  /**
   * The history of mails. With `false` nothing is recorded, and `MailJournal` answers nothing.
   *
   * @default {}
   */
  @IsOptional()
  readonly journal?: false | JournalOptions | undefined;

  @IsOptional()
  readonly shutdown?: ShutdownOptions | undefined;

  /**
   * `memory` says that mail which is not yet sent may be lost with the process. Needed in production
   * (`NODE_ENV=production`) unless a feature brings a durable spool.
   */
  @IsOptional()
  @IsIn(['memory'], { message: 'expected "memory", or a feature that brings a storage' })
  readonly storage?: 'memory' | undefined;

  @IsOptional()
  readonly attachments?: AttachmentOptions | undefined;

  /** Signs the mail of every stream that has no key of its own; of several keys the one of the From domain. */
  @IsOptional()
  readonly dkim?: DkimKey | readonly DkimKey[] | undefined;

  /**
   * Domains without a dot, or below `.local`, that may be mailed, for example `['localhost']`.
   *
   * @default []
   */
  @IsOptional()
  @IsArray({ message: 'expected an array of domains' })
  @IsString({ each: true, message: 'expected an array of domains' })
  readonly localDomains?: readonly string[] | undefined;
}
