import { ValidateBy, ValidateIf } from 'class-validator';
import { MailRelayError } from '../../core/mail-relay-error.js';

/**
 * Validates a property by a check of the draft, so that a request and a draft keep to one rule and give the same
 * reason. `null` is a value like any other; class-validator's own `IsOptional` would let it pass.
 *
 * @param name the constraint's name in a `ValidationError`
 * @param check throws a `MailRelayError` for a value that no draft may hold
 * @internal
 */
export function SatisfiesDraftRule(name: string, check: (value: unknown) => unknown): PropertyDecorator {
  return ValidateBy({
    name,
    validator: {
      validate: (value) => reasonAgainst(value, check) === undefined,
      defaultMessage: (args) => reasonAgainst(args?.value, check) ?? '$property is not valid',
    },
  });
}

/**
 * Leaves a property unchecked that is not there.
 *
 * @internal
 */
export function MayBeLeftOut(): PropertyDecorator {
  return ValidateIf((_request: object, value: unknown) => value !== undefined);
}

function reasonAgainst(value: unknown, check: (value: unknown) => unknown): string | undefined {
  try {
    check(value);
    return undefined;
  } catch (error) {
    if (MailRelayError.is(error)) return error.message;
    throw error;
  }
}
