import type { Type } from '@nestjs/common';
import { MailRelayError } from '../core/mail-relay-error.js';
import { checkClass } from './class-check.js';
import type { OptionProblem } from './option-problem.js';

/** Collects what is wrong with the options, so that all of it is said at once. */
export class Problems {
  readonly #found: OptionProblem[] = [];

  add(option: string, text: string): void {
    this.#found.push({ option, text });
  }

  /** Checks an object against a class of options; false when something is wrong with it. */
  check<T extends object>(type: Type<T>, value: unknown, path: string): boolean {
    const problems = checkClass(type, value, path);
    this.#found.push(...problems);
    return problems.length === 0;
  }

  /** Runs a parser; what it throws becomes a problem of the option. */
  attempt<T>(option: string, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (!MailRelayError.is(error)) throw error;
      this.add(option, error.message);
      return undefined;
    }
  }

  /** True when something is wrong with an option as such. */
  concerns(option: string): boolean {
    return this.#found.some((problem) => problem.option === option);
  }

  /** @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` when something was found */
  throwIfAny(relay: string): void {
    const count = this.#found.length;
    if (count === 0) return;
    const lines = this.#found.map(({ option, text }, i) => `  ${i + 1}. ${option}: ${text}`);
    const head = `The options of MailRelayModule (relay "${relay}") have ${count} ${count === 1 ? 'problem' : 'problems'}:`;
    throw new MailRelayError('ERR_MAIL_RELAY_OPTIONS', [head, ...lines].join('\n'), {
      field: this.#found[0]?.option,
    });
  }
}
