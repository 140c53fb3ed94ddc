import type { SmtpStage } from '../../core/failure/delivery-failure.js';
import { errorField } from '../../core/failure/error-field.js';
import { isTlsError } from '../../core/failure/tls-error.js';
import type { Clock } from '../../core/schedule/clock.js';
import { abortEvidence } from '../abort-evidence.js';
import type { HttpCall, HttpEnd, HttpLoss } from './http-call.js';
import { HttpProgress, OwnRefusal } from './http-progress.js';

/** Answers of mail APIs are a few hundred octets; one of many recipients a few hundred thousand. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** What an exchange needs of a try. @internal */
export interface HttpExchangeOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** For one request, from the look-up of the host to the end of the answer. */
  readonly timeoutMs: number;
  readonly handOver: () => void | Promise<void>;
}

/** A connection that was kept and turned out to be gone before anything of the request left. */
const GONE_BEFORE: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/**
 * The requests of one try. It knows how far a request came: the octets of a body are fetched from it only once a
 * connection stands, the handed-over mark is stored before the first of them, and when the last one is taken nobody
 * can tell any more what becomes of the request.
 *
 * @internal
 */
export class HttpExchange {
  readonly #controller = new AbortController();
  #marked: Promise<void> | undefined;

  constructor(private readonly options: HttpExchangeOptions) {}

  /** Ends what is under way, and every later request. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Why nothing more may be asked; undefined while it may. */
  get over(): HttpLoss | undefined {
    const ended = [this.options.signal, this.#controller.signal].find((signal) => signal.aborted);
    return ended && abortEvidence(ended, 'conn');
  }

  /** Asks once. Redirects are not followed, because the credentials would go along. Never rejects. */
  async ask(call: HttpCall): Promise<HttpEnd> {
    const progress = new HttpProgress();
    const end = await this.#ask(call, progress);
    const isGone = end.kind === 'lost' && !progress.connected && GONE_BEFORE.has(end.loss.errorCode ?? '');
    return isGone && this.over === undefined ? this.#ask(call, new HttpProgress()) : end;
  }

  async #ask(call: HttpCall, progress: HttpProgress): Promise<HttpEnd> {
    const { signal, clock, timeoutMs } = this.options;
    const controller = new AbortController();
    const onAbort = () => controller.abort(signal.reason);
    const onEnd = () => controller.abort(this.#controller.signal.reason);
    let timedOut = false;
    const cancelTimer = clock.after(timeoutMs, () => {
      timedOut = true;
      controller.abort();
    });
    signal.addEventListener('abort', onAbort);
    this.#controller.signal.addEventListener('abort', onEnd);
    if (signal.aborted) onAbort();
    else if (this.#controller.signal.aborted) onEnd();
    try {
      const response = await fetch(call.url, {
        method: call.method,
        headers: { ...call.headers, ...lengthOf(call) },
        redirect: 'manual',
        signal: controller.signal,
        ...this.#bodyOf(call, progress, controller.signal),
      });
      const body = await readBody(response);
      const { status, headers } = response;
      return { kind: 'answer', answer: { status, headers, at: clock.now(), body } };
    } catch (error) {
      const stage = progress.stage;
      const loss: HttpLoss = timedOut
        ? { provenance: 'timeout', stage }
        : controller.signal.aborted
          ? abortEvidence(controller.signal, stage)
          : lossOf(error, progress);
      return { kind: 'lost', loss: { ...loss, endOfDataSent: progress.sent } };
    } finally {
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
      this.#controller.signal.removeEventListener('abort', onEnd);
    }
  }

  #bodyOf({ body }: HttpCall, progress: HttpProgress, signal: AbortSignal): RequestInit {
    if (body === undefined) return {};
    const handOver = () => (this.#marked ??= Promise.resolve(this.options.handOver()));
    return { body: progress.give(body, handOver, signal), duplex: 'half' };
  }
}

/** Without it the body would go in chunks, which not every API takes. */
function lengthOf({ body }: HttpCall): Readonly<Record<string, string>> {
  return body === undefined ? {} : { 'content-length': String(body.length) };
}

/** Undefined when the answer is cut or too long: its status is known all the same. */
async function readBody(response: Response): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let octets = 0;
  try {
    if (response.body === null) return Buffer.alloc(0);
    for await (const chunk of response.body) {
      octets += chunk.length;
      if (octets > MAX_ANSWER_BYTES) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}

function lossOf(error: unknown, { stage, connected }: HttpProgress): HttpLoss {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (cause instanceof OwnRefusal) return { provenance: 'local', stage: 'body', errorCode: cause.code };
  const errorCode = errorField(cause, 'code');
  if (errorCode === undefined) return { provenance: 'network', stage };
  if (errorCode === 'UND_ERR_CONNECT_TIMEOUT') return { provenance: 'timeout', stage: 'conn' };
  return { provenance: 'network', stage: connected ? stage : stageBefore(errorCode, cause), errorCode };
}

function stageBefore(errorCode: string, cause: unknown): SmtpStage {
  if (errorField(cause, 'syscall') === 'getaddrinfo') return 'dns';
  return isTlsError(errorCode) ? 'tls' : 'conn';
}
