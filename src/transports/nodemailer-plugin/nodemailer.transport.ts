import { Readable } from 'node:stream';
import type { DeliveryFailure } from '../../core/failure/delivery-failure.js';
import { failedOutcome, type DeliveryOutcome } from '../../core/failure/delivery-outcome.js';
import { errorField } from '../../core/failure/error-field.js';
import { classifyFailure } from '../../core/failure/failure-classifier.js';
import { abortEvidence } from '../abort-evidence.js';
import { signWithDkim } from '../dkim-signer.js';
import { HttpProgress, OwnRefusal } from '../http/http-progress.js';
import {
  MailTransport,
  type TransportRequest,
  type TransportResult,
  type TransportVerification,
} from '../mail-transport.js';
import type { NodemailerPlugin } from './nodemailer-plugin.js';
import { pluginEvidence, type PluginEvidence } from './nodemailer-error.js';

/** What nodemailer is given, and what plugins answer. Both are theirs: nothing about them is certain. */
interface Sender {
  sendMail(mail: object): Promise<unknown>;
}

/**
 * Gives mail to a transport plugin of nodemailer. What it does in between cannot be seen; what can be seen is how far
 * it has read the message, and after the last octet only a reply is sure.
 *
 * @internal
 */
export class NodemailerTransport extends MailTransport {
  readonly kind = 'nodemailer';
  readonly #closing = new Set<() => void>();
  #sender: Promise<Sender> | undefined;
  #closed = false;

  constructor(private readonly plugin: NodemailerPlugin) {
    super();
  }

  override async send(request: TransportRequest): Promise<TransportResult> {
    const { envelope, signal } = request;
    const all = (evidence: PluginEvidence): TransportResult => {
      const failure = classify(evidence);
      return { outcomes: envelope.to.map((address) => failedOutcome(address, failure)) };
    };
    if (signal.aborted) return all(abortEvidence(signal, 'conn'));
    if (this.#closed) return all({ provenance: 'aborted', stage: 'conn' });
    let message: Buffer;
    try {
      message = await request.message();
      if (request.dkim !== undefined) message = await signWithDkim(message, request.dkim);
    } catch {
      return all({ provenance: 'local', stage: 'body', errorCode: 'EMESSAGEREAD' });
    }
    const progress = new HttpProgress();
    const octets = progress.give(message, async () => request.handOver(), signal);
    const stream = Readable.from(octets, { objectMode: false });
    // An error of ours reaches the plugin by the stream, and comes back as its own.
    let ours: OwnRefusal | undefined;
    stream.on('error', (error) => {
      if (error instanceof OwnRefusal) ours = error;
    });
    try {
      const info = await this.#until(signal, async () => {
        const sender = await (this.#sender ??= this.#load());
        const { from, to } = envelope;
        const raw = { raw: stream, envelope: { from, to: [...to] }, messageId: request.messageId };
        return sender.sendMail({ ...raw, disableFileAccess: true, disableUrlAccess: true });
      });
      // Who has not read the message has sent another one, if any.
      if (!progress.sent)
        return all({ provenance: 'local', stage: 'eod', errorCode: 'EUNREAD', endOfDataSent: true });
      return { outcomes: envelope.to.map((address) => outcomeOf(address, info, request.messageId)) };
    } catch (error) {
      if (ours !== undefined) return all({ provenance: 'local', stage: 'body', errorCode: ours.code });
      if (error instanceof Ended) {
        const evidence = signal.aborted
          ? abortEvidence(signal, progress.stage)
          : error.evidence(progress.stage);
        return all({ ...evidence, endOfDataSent: progress.sent });
      }
      const shared = pluginEvidence(error, progress.stage, progress.sent);
      return {
        outcomes: envelope.to.map((address) =>
          failedOutcome(address, classify(refusalOf(address, error) ?? shared)),
        ),
      };
    } finally {
      stream.destroy();
    }
  }

  override async verify(signal: AbortSignal): Promise<TransportVerification> {
    if (typeof this.plugin.verify !== 'function') return { ok: true };
    try {
      await this.#until(signal, () => this.#verify());
      return { ok: true };
    } catch (error) {
      const evidence = error instanceof Ended ? error.evidence('conn') : pluginEvidence(error, 'conn', false);
      return { ok: false, failure: classify(evidence) };
    }
  }

  override close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    for (const end of this.#closing) end();
    this.plugin.close?.();
    return Promise.resolve();
  }

  /** Plugins call back, or return a promise. */
  #verify(): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error?: unknown) => {
        if (error === null || error === undefined) resolve();
        else reject(error instanceof Error ? error : new Error('The plugin said no.'));
      };
      const verify = this.plugin.verify?.bind(this.plugin) as
        ((callback: typeof done) => unknown) | undefined;
      const returned = verify?.(done);
      if (returned instanceof Promise) resolve(returned.then(() => undefined));
    });
  }

  async #load(): Promise<Sender> {
    const { createTransport } = await import('nodemailer');
    return createTransport(this.plugin as unknown as Parameters<typeof createTransport>[0]);
  }

  /** A plugin cannot be made to stop: it is no longer waited for. */
  async #until<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    let stop: (() => void) | undefined;
    const ended = new Promise<never>((_, reject) => {
      stop = () => reject(new Ended());
    });
    const end = () => stop?.();
    signal.addEventListener('abort', end);
    this.#closing.add(end);
    try {
      return await Promise.race([work(), ended]);
    } finally {
      signal.removeEventListener('abort', end);
      this.#closing.delete(end);
    }
  }
}

/** We no longer wait. */
class Ended extends Error {
  evidence(stage: HttpProgress['stage']): PluginEvidence {
    return { provenance: 'aborted', stage };
  }
}

function outcomeOf(address: string, info: unknown, messageId: string): DeliveryOutcome {
  const refusal = refusalOf(address, info);
  if (refusal !== undefined) return failedOutcome(address, classify(refusal));
  if (listOf(info, 'rejected').some((one) => isFor(one, address))) {
    // Refused, and nobody says how.
    const reply = { code: 450, text: 'rejected by the plugin', consistent: true };
    return failedOutcome(
      address,
      classifyFailure({
        provenance: 'local',
        stage: 'rcpt',
        upstream: 'relay',
        reply,
        documented: { class: 'unknown.soft' },
      }),
    );
  }
  const accepted = listOf(info, 'accepted');
  if (accepted.length > 0 && !accepted.some((one) => isFor(one, address))) {
    return failedOutcome(address, classify({ provenance: 'network', stage: 'eod', endOfDataSent: true }));
  }
  const providerMessageId = (errorField(info, 'serverMessageId') ?? errorField(info, 'messageId'))?.slice(
    0,
    512,
  );
  // Most plugins repeat the Message-ID, which is no name of the next hop's.
  return providerMessageId === undefined || providerMessageId === messageId
    ? { address, state: 'sent' }
    : { address, state: 'sent', providerMessageId };
}

/** What was said to this recipient alone. */
function refusalOf(address: string, told: unknown): PluginEvidence | undefined {
  const error = listOf(told, 'rejectedErrors').find((one) => isFor(errorField(one, 'recipient'), address));
  if (error === undefined) return undefined;
  const evidence = pluginEvidence(error, 'rcpt', false);
  return evidence.provenance === 'smtp' ? { ...evidence, stage: 'rcpt' } : undefined;
}

function listOf(value: unknown, field: string): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const list: unknown = Reflect.get(value, field);
  return Array.isArray(list) ? list : [];
}

function isFor(one: unknown, address: string): boolean {
  const text = typeof one === 'string' ? one : errorField(one, 'address');
  return text?.toLowerCase() === address.toLowerCase();
}

function classify(evidence: PluginEvidence): DeliveryFailure {
  return classifyFailure({ ...evidence, upstream: 'relay' });
}
