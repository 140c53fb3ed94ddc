import { parseMailbox } from '../core/address/address.js';
import { refuseDraft } from '../core/refusal.js';
import { checkSubject } from './draft/draft-content.js';
import { MayBeLeftOut, SatisfiesDraftRule } from './draft/draft-rule.decorator.js';
import { optionalPlainObject, refuseKind } from './draft/draft-values.js';
import { checkLocale } from './draft/locale.js';
import { checkTemplateName } from './draft/template-name.js';

const MAX_RECIPIENTS = 10;

/**
 * The body of an HTTP request that asks for a mail. It holds nothing that would make the endpoint an open relay:
 * no sender, headers, attachments or content of its own, and few recipients. It is a valid draft as it is.
 *
 * Use it with `ValidationPipe({ whitelist: true, forbidNonWhitelisted: true })`, behind a guard: who may choose
 * the recipient of a mail in your name is for your application to decide.
 *
 * @example
 * ```ts
 * @Controller('mails')
 * @UseGuards(StaffGuard)
 * export class MailsController {
 *   constructor(private readonly mail: MailService) {}
 *
 *   @Post()
 *   @HttpCode(202)
 *   async create(
 *     @Body(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true })) request: MailRequestDto,
 *   ): Promise<{ mailId: string }> {
 *     const { mailId } = await this.mail.queue(request);
 *     return { mailId };
 *   }
 * }
 * ```
 * @publicApi
 */
export class MailRequestDto {
  /** One address, or up to ten. */
  @SatisfiesDraftRule('isRecipients', checkRecipients)
  readonly to!: string | string[];

  /** @default the template's subject */
  @MayBeLeftOut()
  @SatisfiesDraftRule('isSubject', checkSubject)
  readonly subject?: string | undefined;

  /** A template's name. */
  @SatisfiesDraftRule('isTemplateName', checkTemplateName)
  readonly template!: string;

  /** The template's variables. */
  @MayBeLeftOut()
  @SatisfiesDraftRule('isContext', (value) => optionalPlainObject(value, 'context'))
  readonly context?: Record<string, unknown> | undefined;

  /** A BCP 47 tag: `de-AT`. */
  @MayBeLeftOut()
  @SatisfiesDraftRule('isLocale', checkLocale)
  readonly locale?: string | undefined;
}

function checkRecipients(value: unknown): void {
  if (!Array.isArray(value)) {
    parseMailbox(requireText(value, 'to'), 'to');
    return;
  }
  if (value.length === 0 || value.length > MAX_RECIPIENTS) {
    refuseDraft(
      'to',
      `name 1 to ${MAX_RECIPIENTS} recipients`,
      `there are ${value.length}: correct the list`,
    );
  }
  for (let i = 0; i < value.length; i++) parseMailbox(requireText(value[i], `to[${i}]`), `to[${i}]`);
}

function requireText(value: unknown, field: string): string {
  return typeof value === 'string' ? value : refuseKind(value, field, 'a string');
}
