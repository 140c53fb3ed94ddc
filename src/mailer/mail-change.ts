import type { DeliveryReport } from '../core/mail/delivery-report.js';

/**
 * What became of `cancel()` or `reschedule()`. `done`: it is so. `too-late`: a worker has the mail, or nothing of it is
 * to be changed any more; then nothing changed. `unknown`: there is no such mail, or no longer.
 *
 * @publicApi
 */
export type MailChange =
  | { readonly kind: 'done' | 'too-late'; readonly report: DeliveryReport }
  | { readonly kind: 'unknown'; readonly report?: undefined };
