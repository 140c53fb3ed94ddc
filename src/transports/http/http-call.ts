import type { FailureEvidence } from '../../core/failure/failure-evidence.js';

/** A request to an API. @internal */
export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
}

/** The answer of an API, whatever its status. @internal */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** When it had come, milliseconds since the epoch. */
  readonly at: number;
  /** Undefined when it did not arrive whole, or was longer than any answer of an API. */
  readonly body: Buffer | undefined;
}

/** What is known where no answer came. @internal */
export type HttpLoss = Pick<FailureEvidence, 'provenance' | 'stage' | 'errorCode' | 'endOfDataSent'>;

/** How a request ended. @internal */
export type HttpEnd =
  | { readonly kind: 'answer'; readonly answer: HttpAnswer }
  | { readonly kind: 'lost'; readonly loss: HttpLoss };

/**
 * The body of an answer as JSON; undefined when it is none, or was cut.
 *
 * @internal
 */
export function jsonOf({ body }: HttpAnswer): unknown {
  if (body === undefined) return undefined;
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * A field of a foreign object; undefined where there is no such object or field.
 *
 * @internal
 */
export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** A field that is a string, cut to what anybody would look at; else undefined. @internal */
export function textField(value: unknown, name: string): string | undefined {
  const text = fieldOf(value, name);
  return typeof text === 'string' ? text.slice(0, 4096) : undefined;
}
