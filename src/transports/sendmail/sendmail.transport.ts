import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { DeliveryFailure } from '../../core/failure/delivery-failure.js';
import { failedOutcome, type DeliveryOutcome } from '../../core/failure/delivery-outcome.js';
import { classifyFailure } from '../../core/failure/failure-classifier.js';
import { cleanRemoteText } from '../../core/failure/smtp-reply.js';
import type { Clock } from '../../core/schedule/clock.js';
import { abortEvidence } from '../abort-evidence.js';
import { signWithDkim } from '../dkim-signer.js';
import {
  MailTransport,
  type TransportRequest,
  type TransportResult,
  type TransportVerification,
} from '../mail-transport.js';
import { EXIT_CODES, OTHER_EXIT } from './exit-codes.js';
import { sendmailArguments } from './sendmail-arguments.js';
import { SendmailProcess, type SendmailEnd, type SendmailLoss } from './sendmail-process.js';

/** How the program is called. @internal */
export interface SendmailSettings {
  readonly path: string;
  readonly newline: 'unix' | 'windows';
  readonly timeoutMs: number;
}

/**
 * Gives mail to the program called sendmail of this machine: one run for each recipient, because its exit code is for
 * all of a run.
 *
 * @internal
 */
export class SendmailTransport extends MailTransport {
  readonly kind = 'sendmail';
  readonly #closing = new Set<AbortController>();
  #closed = false;

  constructor(
    private readonly settings: SendmailSettings,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async send(request: TransportRequest): Promise<TransportResult> {
    const controller = new AbortController();
    const onAbort = () => controller.abort(request.signal.reason);
    request.signal.addEventListener('abort', onAbort);
    if (request.signal.aborted) onAbort();
    if (this.#closed) controller.abort(new Error('the transport is closed'));
    this.#closing.add(controller);
    try {
      return { outcomes: await this.#give(request, controller.signal) };
    } finally {
      this.#closing.delete(controller);
      request.signal.removeEventListener('abort', onAbort);
    }
  }

  override async verify(): Promise<TransportVerification> {
    try {
      await access(this.settings.path, constants.X_OK);
      return { ok: true };
    } catch {
      return { ok: false, failure: classify({ provenance: 'network', stage: 'conn', errorCode: 'ENOENT' }) };
    }
  }

  override close(): Promise<void> {
    this.#closed = true;
    for (const controller of this.#closing) controller.abort(new Error('the transport was closed'));
    return Promise.resolve();
  }

  async #give(request: TransportRequest, signal: AbortSignal): Promise<readonly DeliveryOutcome[]> {
    const { envelope, handOver } = request;
    let reading: Promise<Buffer> | undefined;
    let marking: Promise<void> | undefined;
    const message = () => (reading ??= this.#read(request));
    const mark = () => (marking ??= Promise.resolve().then(handOver));
    const outcomes: DeliveryOutcome[] = [];
    let end: DeliveryFailure | undefined;
    for (const address of envelope.to) {
      const args = sendmailArguments(envelope.from, address);
      if (args === undefined) {
        const failure = classify({ provenance: 'local', stage: 'mail', errorCode: 'EENVELOPE' });
        outcomes.push(failedOutcome(address, failure));
        continue;
      }
      if (end === undefined && signal.aborted) end = classify(abortEvidence(signal, 'conn'));
      if (end !== undefined) {
        outcomes.push(failedOutcome(address, end));
        continue;
      }
      const { path, timeoutMs } = this.settings;
      const { clock } = this;
      const run = { path, args, message, handOver: mark, signal, timeoutMs, clock };
      const outcome = outcomeOf(address, await new SendmailProcess(run).finish());
      outcomes.push(outcome);
      if (outcome.state !== 'sent') end = endOfTry(outcome.failure);
    }
    return outcomes;
  }

  async #read({ message, dkim }: TransportRequest): Promise<Buffer> {
    const given = await message();
    const signed = dkim === undefined ? given : await signWithDkim(given, dkim);
    if (this.settings.newline === 'windows') return signed;
    return Buffer.from(signed.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
  }
}

/** What keeps the others from being asked too; nothing where only this recipient is meant. */
function endOfTry(failure: DeliveryFailure): DeliveryFailure | undefined {
  if (failure.scope === 'recipient') return undefined;
  // The others were not asked: about them there is no doubt.
  return failure.ambiguous
    ? classify({ provenance: 'local', stage: 'conn', errorCode: 'ENOTASKED' })
    : failure;
}

function outcomeOf(address: string, end: SendmailEnd): DeliveryOutcome {
  if (end.kind === 'lost') return failedOutcome(address, classify(end.loss));
  const { code, stderr, ended } = end;
  // Zero before the end of the message: it cannot have taken what it has not read.
  if (code === 0 && ended) return { address, state: 'sent' };
  const meaning = EXIT_CODES.get(code) ?? OTHER_EXIT;
  const text = cleanRemoteText(`exit code ${code} (${meaning.name}): ${stderr}`);
  const reply = { code: meaning.code, enhanced: meaning.enhanced, text, consistent: true };
  const documented = { class: meaning.class };
  return failedOutcome(
    address,
    classifyFailure({ provenance: 'local', stage: meaning.stage, upstream: 'relay', reply, documented }),
  );
}

function classify(loss: SendmailLoss): DeliveryFailure {
  return classifyFailure({ ...loss, upstream: 'relay' });
}
