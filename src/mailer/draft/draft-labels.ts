import { refuseDraft } from '../../core/refusal.js';
import { findUnsafeCharacter } from '../../core/address/unsafe-text.js';
import { displayKey, type DraftFields } from './draft-fields.js';
import { optionalPlainObject, optionalString, refuseKind } from './draft-values.js';

const MAX_TAGS = 20;
const TAG = /^[A-Za-z0-9_.:-]{1,64}$/;
const MAX_METADATA_ENTRIES = 50;
const MAX_METADATA_OCTETS = 4096;
const MAX_TENANT_CHARS = 128;
const TENANT = /^[A-Za-z0-9_.:@-]{0,128}$/;
const MAX_KEY_CHARS = 255;
const PRINTABLE_ASCII = /^[ -~]{1,255}$/;

const NO_TAGS: readonly string[] = Object.freeze([]);
const NO_METADATA: Readonly<Record<string, string>> = Object.freeze(nullObject());

/**
 * What a draft is known by: nothing of it stands in the message.
 *
 * @internal
 */
export interface DraftLabels {
  readonly tags: readonly string[];
  /** Has no prototype, so that no key of it can be taken for a method. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tenant: string;
  readonly idempotencyKey?: string | undefined;
}

/**
 * Reads `tags`, `metadata`, `tenant` and `idempotencyKey`. They come back in logs, events and the headers of
 * providers, so their characters are bounded like those of a header.
 *
 * @throws `ERR_MAIL_RELAY_DRAFT`
 * @internal
 */
export function readLabels(fields: DraftFields): DraftLabels {
  return {
    tags: readTags(fields.tags),
    metadata: readMetadata(fields.metadata),
    tenant: readTenant(fields.tenant),
    idempotencyKey: readIdempotencyKey(fields.idempotencyKey),
  };
}

function readTags(value: unknown): readonly string[] {
  if (value === undefined) return NO_TAGS;
  if (!Array.isArray(value)) refuseKind(value, 'tags', 'an array of strings');
  if (value.length > MAX_TAGS) {
    refuseDraft('tags', `be at most ${MAX_TAGS}`, `there are ${value.length}: remove some`);
  }
  return Array.from(value, (tag: unknown, i) => {
    if (typeof tag !== 'string') refuseKind(tag, `tags[${i}]`, 'a string');
    if (!TAG.test(tag)) {
      refuseDraft(
        `tags[${i}]`,
        'be 1 to 64 characters of A-Za-z0-9_.:-',
        'it is another string: rename the tag',
      );
    }
    return tag;
  });
}

function readMetadata(value: unknown): Readonly<Record<string, string>> {
  const given = optionalPlainObject(value, 'metadata');
  if (given === undefined) return NO_METADATA;
  const entries = Object.entries(given).filter(([, text]) => text !== undefined);
  if (entries.length > MAX_METADATA_ENTRIES) {
    refuseDraft(
      'metadata',
      `hold at most ${MAX_METADATA_ENTRIES} entries`,
      `there are ${entries.length}: remove some`,
    );
  }
  const metadata = nullObject();
  let octets = 0;
  for (const [key, text] of entries as [string, unknown][]) {
    metadata[key] = checkEntry(key, text);
    octets += Buffer.byteLength(key) + Buffer.byteLength(metadata[key]);
  }
  if (octets > MAX_METADATA_OCTETS) {
    refuseDraft(
      'metadata',
      `be at most ${MAX_METADATA_OCTETS} octets`,
      `it has ${octets}: keep ids, not contents`,
    );
  }
  return metadata;
}

function checkEntry(key: string, value: unknown): string {
  const field = `metadata.${displayKey(key)}`;
  if (typeof value !== 'string') refuseKind(value, field, 'a string');
  const unsafe = findUnsafeCharacter(key) ?? findUnsafeCharacter(value);
  if (key === '' || unsafe !== undefined) {
    refuseDraft(field, 'be one line under a key', `${unsafe ?? 'an empty key'} is in it: remove it`);
  }
  return value;
}

function readTenant(value: unknown): string {
  const tenant = optionalString(value, 'tenant') ?? '';
  if (!TENANT.test(tenant)) {
    refuseDraft(
      'tenant',
      `be at most ${MAX_TENANT_CHARS} characters of A-Za-z0-9_.:@-`,
      'it is another string: use an id of these characters',
    );
  }
  return tenant;
}

function readIdempotencyKey(value: unknown): string | undefined {
  const key = optionalString(value, 'idempotencyKey');
  if (key !== undefined && !PRINTABLE_ASCII.test(key)) {
    refuseDraft(
      'idempotencyKey',
      `be 1 to ${MAX_KEY_CHARS} printable ASCII characters`,
      'it is another string: use an id or a hash',
    );
  }
  return key;
}

function nullObject(): Record<string, string> {
  return Object.create(null) as Record<string, string>;
}
