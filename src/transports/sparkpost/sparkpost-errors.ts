import type { ApiMeaning } from '../http/api-answer.js';
import { MEANING } from '../http/api-meanings.js';

/**
 * What SparkPost's error codes mean.
 *
 * Source: SparkPost API, *Transmissions* and *API conventions, errors*; SparkPost support, *Transmission error codes*.
 *
 * @internal
 */
export const SPARKPOST_ERRORS: ReadonlyMap<string, ApiMeaning> = new Map<string, ApiMeaning>([
  ['1300', MEANING.message],
  ['1400', MEANING.message],
  ['1902', MEANING.suppressed],
  ['5002', MEANING.recipient],
  ['7000', MEANING.identity],
  ['7001', MEANING.identity],
]);
