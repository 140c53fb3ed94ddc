import { kindOf } from '../core/kind-of.js';

const HARMLESS = /^[\w./ -]{1,100}$/;

/**
 * A template's name as errors show it. A name may come from a client: what looks like none, an address or a line for
 * the log among them, is described and not repeated.
 *
 * @internal
 */
export function shownName(template: unknown): string {
  if (typeof template !== 'string') return kindOf(template);
  return HARMLESS.test(template)
    ? JSON.stringify(template)
    : `with that name of ${template.length} characters`;
}
