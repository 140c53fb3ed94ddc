import type { ApiAnswer, ApiMeaning, ApiRefusal } from './api-answer.js';
import { jsonOf, type HttpAnswer, type HttpEnd } from './http-call.js';
import { rateResetMs, retryAfterMs } from './retry-after.js';

/** An error as an API wrote it. @internal */
export interface ToldError {
  /** The API's code, as its table has it. */
  readonly code: string;
  readonly text: string;
}

/**
 * Reads how a request ended.
 *
 * @param taken reads a success; undefined when it is not one that the API documents
 * @param refused reads the errors' code and text; undefined when there are none
 * @param errors what the codes mean
 * @internal
 */
export function readEnd(
  end: HttpEnd,
  taken: (json: unknown, answer: HttpAnswer) => ApiAnswer | undefined,
  refused: (json: unknown, answer: HttpAnswer) => ToldError | undefined,
  errors: ReadonlyMap<string, ApiMeaning>,
): ApiAnswer {
  if (end.kind === 'lost') return end;
  const { answer } = end;
  const json = jsonOf(answer);
  if (answer.status >= 200 && answer.status < 300) return taken(json, answer) ?? { kind: 'unclear' };
  return { kind: 'refused', refusal: refusalOf(answer, refused(json, answer), errors) };
}

/**
 * Makes a refusal of an answer.
 *
 * @internal
 */
export function refusalOf(
  { status, headers, at, body }: HttpAnswer,
  told: ToldError | undefined,
  errors: ReadonlyMap<string, ApiMeaning>,
): ApiRefusal {
  return {
    status,
    // What a gateway says is never final, whatever it quotes.
    meaning: status > 501 ? undefined : told && errors.get(told.code),
    text: told === undefined ? '' : [told.code, told.text].filter((part) => part !== '').join(' '),
    // An answer without a body says no less than one with.
    isOwn: told !== undefined || body?.length === 0,
    retryAfterMs: waitOf(headers, status, at),
  };
}

function waitOf(headers: Headers, status: number, now: number): number | undefined {
  const told = retryAfterMs(headers.get('retry-after'), now);
  if (told !== undefined || status !== 429) return told;
  const names = ['ratelimit-reset', 'x-ratelimit-reset', 'x-sib-ratelimit-reset'];
  return names.map((name) => rateResetMs(headers.get(name), now)).find((wait) => wait !== undefined);
}
