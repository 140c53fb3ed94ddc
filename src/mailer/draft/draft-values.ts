import { kindOf } from '../../core/kind-of.js';
import { refuseDraft } from '../../core/refusal.js';

const MAX_LOOKED_AT = 1000;

/**
 * An optional string of a draft. `null` is refused like any other value: what is not there is left out.
 *
 * @throws `ERR_MAIL_RELAY_DRAFT`
 * @internal
 */
export function optionalString(value: unknown, field: string): string | undefined {
  if (value !== undefined && typeof value !== 'string') refuseKind(value, field, 'a string');
  return value;
}

/**
 * An optional object of a draft that is no array; its inside is for others to check.
 *
 * @throws `ERR_MAIL_RELAY_DRAFT`
 * @internal
 */
export function optionalObject(value: unknown, field: string): object | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuseKind(value, field, 'an object');
  return value;
}

/**
 * An optional array of objects of a draft; their inside is for others to check.
 *
 * @throws `ERR_MAIL_RELAY_DRAFT`
 * @internal
 */
export function optionalObjects(value: unknown, field: string): readonly object[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) refuseKind(value, field, 'an array');
  // Many more than any message may have; their number is the composer's to refuse, at once and not after a walk.
  for (let i = 0; i < value.length && i < MAX_LOOKED_AT; i++) {
    if (optionalObject(value[i], `${field}[${i}]`) === undefined)
      refuseKind(value[i], `${field}[${i}]`, 'an object');
  }
  return value as readonly object[];
}

/**
 * An optional object of plain data: one that no class made. Others keep what they know in places where neither a
 * template nor JSON finds it.
 *
 * @throws `ERR_MAIL_RELAY_DRAFT`
 * @internal
 */
export function optionalPlainObject(value: unknown, field: string): object | undefined {
  const object = optionalObject(value, field);
  if (object === undefined) return undefined;
  const prototype: unknown = Object.getPrototypeOf(object);
  // Not compared with Object.prototype: an object of another realm, such as a test runner's, is plain as well.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    refuseDraft(
      field,
      'be a plain object',
      'it is an instance of a class: copy its fields into an object literal',
    );
  }
  return object;
}

/**
 * Refuses a value of the wrong kind.
 *
 * @internal
 */
export function refuseKind(value: unknown, field: string, wanted: string): never {
  const remedy = value === null ? 'leave it out instead' : 'correct the draft';
  refuseDraft(field, `be ${wanted}`, `it is ${kindOf(value)}: ${remedy}`);
}
