import type { DeliveryFailure } from '../../core/failure/delivery-failure.js';
import { classifyFailure } from '../../core/failure/failure-classifier.js';
import type { ProviderName } from '../../core/failure/provider.js';
import { cleanRemoteText } from '../../core/failure/smtp-reply.js';
import type { ApiRefusal } from './api-answer.js';
import { STATUS_MEANING, UNANSWERED_STATUSES, UNHEARD_STATUSES } from './api-meanings.js';

/**
 * What an error of an API means.
 *
 * @param secrets none of them may be in a reply, even if the API repeats them
 * @internal
 */
export function apiFailure(
  refusal: ApiRefusal,
  provider: ProviderName | undefined,
  secrets: readonly string[],
): DeliveryFailure {
  const { status, text, retryAfterMs } = refusal;
  const meaning = refusal.meaning ?? (isOfSomethingElse(refusal) ? undefined : STATUS_MEANING.get(status));
  const shared = { provenance: 'http', upstream: 'relay', provider, retryAfterMs } as const;
  if (meaning === undefined) {
    return classifyFailure({
      ...shared,
      stage: UNHEARD_STATUSES.has(status) ? 'greeting' : 'eod',
      errorCode: `HTTP_${status}`,
      endOfDataSent: UNANSWERED_STATUSES.has(status),
    });
  }
  const { code, enhanced, stage, identity } = meaning;
  const told = cleanRemoteText(withoutSecrets(`HTTP ${status}${text === '' ? '' : `: ${text}`}`, secrets));
  return classifyFailure({
    ...shared,
    stage,
    reply: { code, enhanced, text: told, consistent: true },
    documented: { class: meaning.class, identity },
  });
}

/** A 403 in HTML comes from a firewall in front of the API, and says nothing about our key. */
function isOfSomethingElse({ isOwn, status }: ApiRefusal): boolean {
  return !isOwn && (status === 403 || status === 404);
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, '***')), text);
}
