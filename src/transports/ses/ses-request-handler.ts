import type { HttpAnswer, HttpEnd, HttpLoss } from '../http/http-call.js';
import type { HttpExchange } from '../http/http-exchange.js';

/** A request as the SDK signs it. @internal */
export interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>> | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** An answer as the SDK reads it. @internal */
export interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** No answer came; where the request was lost is known. @internal */
export class RequestLost extends Error {
  constructor(readonly loss: HttpLoss) {
    super('No answer came.');
  }
}

/**
 * Carries the SDK's requests over the exchange of the try they belong to: the SDK makes and signs them, and reads the
 * answers; how far each came is known here. The signal of a request tells which exchange it is of.
 *
 * @internal
 */
export class SesRequestHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' } as const;
  readonly #exchanges = new WeakMap<object, HttpExchange>();
  readonly #answers = new WeakMap<object, HttpAnswer>();

  /** From now on, requests with this signal belong to this exchange. */
  carry(signal: AbortSignal, exchange: HttpExchange): void {
    this.#exchanges.set(signal, exchange);
  }

  /** What came back for the request with this signal. */
  answerFor(signal: AbortSignal): HttpAnswer | undefined {
    return this.#answers.get(signal);
  }

  async handle(
    request: SdkRequest,
    options: { readonly abortSignal?: object | undefined } = {},
  ): Promise<{ readonly response: SdkResponse }> {
    const signal = options.abortSignal ?? {};
    const exchange = this.#exchanges.get(signal);
    if (exchange === undefined)
      throw new RequestLost({ provenance: 'local', stage: 'conn', errorCode: 'EEXCHANGE' });
    const end: HttpEnd = await exchange.ask({
      method: request.method === 'GET' ? 'GET' : 'POST',
      url: urlOf(request),
      // The exchange counts the body itself, and fetch names the host.
      headers: Object.fromEntries(
        Object.entries(request.headers).filter(([name]) => !/^(?:content-length|host)$/i.test(name)),
      ),
      body: bodyOf(request.body),
    });
    if (end.kind === 'lost') throw new RequestLost(end.loss);
    const { status, headers, body } = end.answer;
    this.#answers.set(signal, end.answer);
    return {
      response: { statusCode: status, headers: Object.fromEntries(headers), body: body ?? Buffer.alloc(0) },
    };
  }

  destroy(): void {
    // Connections are those of the process's fetch.
  }

  /** The SDK asks for these two of handlers that it may change. */
  updateHttpClientConfig(): void {
    // There is nothing to change.
  }

  httpHandlerConfigs(): object {
    return {};
  }
}

function urlOf({ protocol, hostname, port, path, query = {} }: SdkRequest): string {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) url.searchParams.append(name, one ?? '');
  }
  return url.href;
}

function bodyOf(body: unknown): Buffer | undefined {
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return undefined;
}
