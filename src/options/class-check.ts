import type { Type } from '@nestjs/common';
import { validateSync, type ValidationError } from 'class-validator';
import { describeGiven, type OptionProblem } from './option-problem.js';

/**
 * Checks a plain object against a class of options, unknown keys included. The object itself is not changed, and
 * values that are no plain data (transports, streams) pass untouched.
 *
 * @param path where the object stands; empty for the options themselves
 */
export function checkClass<T extends object>(
  type: Type<T>,
  value: unknown,
  path: string,
): readonly OptionProblem[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const given = describeGiven(path, value);
    return [{ option: path || 'options', text: `given ${given}, expected an object.` }];
  }
  const instance = Object.assign(new type(), value);
  const errors = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: false,
  });
  return errors.flatMap((error) => problemsOf(error, path));
}

function problemsOf(error: ValidationError, path: string): OptionProblem[] {
  const option = path === '' ? error.property : `${path}.${error.property}`;
  // One per option: that of its kind (`isInt`) before that of its range.
  const constraints = Object.entries(error.constraints ?? {});
  const [constraint, message] = constraints.find(([name]) => name.startsWith('is')) ?? constraints[0] ?? [];
  if (constraint === undefined) return [];
  if (constraint === 'whitelistValidation') {
    return [{ option, text: 'there is no such option. Remove it, or correct its name.' }];
  }
  return [{ option, text: `given ${describeGiven(option, error.value)}, ${message}.` }];
}
