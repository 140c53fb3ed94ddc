import { kindOf } from '../../core/kind-of.js';
import { ownFields } from '../../core/own-fields.js';
import { refuseDraft } from '../../core/refusal.js';

const MAX_LIST_ID_OCTETS = 255;
/** A URL cannot be folded; with the header's name and brackets it stays below 998 octets. */
const MAX_URL_OCTETS = 900;

/** Dot-atom text with at least one dot, RFC 2919 §2. */
const LIST_ID = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)+$/;

/** What a URL may consist of (RFC 3986 §2) without the comma, at which RFC 2369 headers are split. */
const URL_TEXT = /^[\w!#$%&'()*+./:;=?@[\]~-]+$/;
/** Percent-encoding may triple it. */
const MAX_ADDR_SPEC_OCTETS = 254;
const ADDR_SPEC = /^[\w!#$%&'*+/=?^`{|}~.-]+@[a-z0-9.-]+$/i;
/** A client that decodes such a line break would write a header of someone else's choice. */
const ENCODED_CONTROL = /%(?:[01][\da-f]|7f)/i;

/**
 * Checks the list headers' fields.
 *
 * @throws `ERR_MAIL_RELAY_DRAFT`
 * @see RFC 2369, RFC 2919, RFC 8058
 * @internal
 */
export function checkList(list: unknown): void {
  const { id, unsubscribe } = fieldsOf(list, 'list');
  if (id !== undefined) {
    const text = textOf(id, 'list.id');
    if (text.length > MAX_LIST_ID_OCTETS || !LIST_ID.test(text) || text.includes('=?')) {
      refuseDraft(
        'list.id',
        `be a name of at most ${MAX_LIST_ID_OCTETS} ASCII characters with a dot`,
        'it is another text: write it like a domain of yours, for example news.acme.test',
      );
    }
  }
  if (unsubscribe !== undefined) checkUnsubscribe(unsubscribe);
}

function checkUnsubscribe(unsubscribe: unknown): void {
  const { url, oneClick, mailto } = fieldsOf(unsubscribe, 'list.unsubscribe');
  if (url === undefined && mailto === undefined) {
    refuseDraft('list.unsubscribe', 'have a url or a mailto', 'it has neither: add one of them');
  }
  if (oneClick !== undefined && typeof oneClick !== 'boolean') {
    refuseDraft('list.unsubscribe.oneClick', 'be true or false', `it is ${kindOf(oneClick)}: correct it`);
  }
  if (oneClick === true && url === undefined) {
    refuseDraft(
      'list.unsubscribe.oneClick',
      'come with a url',
      'a one-click unsubscription is a POST to it: add list.unsubscribe.url',
    );
  }
  if (url !== undefined) checkUrl(textOf(url, 'list.unsubscribe.url'));
  if (mailto !== undefined) checkMailto(textOf(mailto, 'list.unsubscribe.mailto'));
}

function checkUrl(url: string): void {
  const field = 'list.unsubscribe.url';
  if (/^http:/i.test(url)) {
    refuseDraft(field, 'be an https URL', 'it is http, which everyone on the way can change: use https');
  }
  if (!/^https:\/\//i.test(url) || !URL_TEXT.test(url) || url.length > MAX_URL_OCTETS || !URL.canParse(url)) {
    refuseDraft(
      field,
      `be an https URL of at most ${MAX_URL_OCTETS} ASCII characters`,
      'it is another text: percent-encode spaces, commas, quotes and letters beyond ASCII',
    );
  }
}

function checkMailto(mailto: string): void {
  const isUrl = /^mailto:/i.test(mailto);
  const safe =
    mailto.length <= (isUrl ? MAX_URL_OCTETS : MAX_ADDR_SPEC_OCTETS) && !ENCODED_CONTROL.test(mailto);
  if (!safe || !(isUrl ? URL_TEXT.test(mailto) && mailto.includes('@') : ADDR_SPEC.test(mailto))) {
    refuseDraft(
      'list.unsubscribe.mailto',
      'be an addr-spec or a mailto URL without line breaks',
      'it is another text: write the plain address, or percent-encode the URL',
    );
  }
}

function fieldsOf(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuseDraft(field, 'be an object', `it is ${kindOf(value)}: correct the draft`);
  }
  return ownFields(value);
}

function textOf(value: unknown, field: string): string {
  if (typeof value !== 'string')
    refuseDraft(field, 'be a string', `it is ${kindOf(value)}: correct the draft`);
  return value;
}
