/** One thing that is wrong with the options: which one, what was given, what to do. */
export interface OptionProblem {
  /** The option's path: `streams.marketing.transports[0]`. */
  readonly option: string;
  /** What is the case and what to do, one or two sentences without secrets. */
  readonly text: string;
}

const HARMLESS_STRING = /^[\w.:/-]{0,40}$/;
/** Options whose value may be or hold a secret or an address. */
const CONFIDENTIAL = /(?:^|\.)(?:from|transport|url|pass|user|auth|privateKey|returnPath)$/;

/** Describes what was given, without ever showing a secret or an address. */
export function describeGiven(option: string, value: unknown): string {
  switch (typeof value) {
    case 'string':
      return !CONFIDENTIAL.test(option) && HARMLESS_STRING.test(value)
        ? JSON.stringify(value)
        : `a string of ${value.length} characters`;
    case 'number':
    case 'boolean':
    case 'bigint':
    case 'undefined':
      return String(value);
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? `an array of ${value.length}` : 'an object';
    default:
      return typeof value;
  }
}
