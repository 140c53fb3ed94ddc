import { MailRelayError } from '../core/mail-relay-error.js';
import type { TemplateLoader, TemplateSources } from './template-loader.js';

/**
 * What a {@link TemplateFreshness} is given.
 *
 * @internal
 */
export interface TemplateFreshnessDeps {
  readonly loader: TemplateLoader;
  /** Takes what was loaded into use. @throws MailRelayError when it is broken */
  readonly use: (sources: TemplateSources) => void | Promise<void>;
  /** How old what is known may be, milliseconds; `false`: any age. */
  readonly reloadMs: number | false;
  /** Whether renders fail while what was loaded last is broken, or go on with what came before. */
  readonly failsWhenBroken: boolean;
  readonly notice: (message: string) => void;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  /** Calls back once; what it returns cancels that. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
}

/** A store that does not answer must not hold mail up. */
const ANSWER_MS = 5_000;

/**
 * Keeps templates as new as they have to be: it asks the loader for its version before a render, and loads again when
 * that has changed. There is no timer and no watcher, so nothing has to be closed.
 *
 * @internal
 */
export class TemplateFreshness {
  readonly #deps: TemplateFreshnessDeps;
  #version: string | undefined;
  #checkedAt = 0;
  #checking: Promise<void> | undefined;
  #broken: MailRelayError | undefined;

  constructor(deps: TemplateFreshnessDeps) {
    this.#deps = deps;
  }

  /** The first load. @throws what the loader throws, and MailRelayError when templates are broken */
  async start(): Promise<void> {
    const { loader, use, now, reloadMs } = this.#deps;
    // Before the load: what changes meanwhile is seen by the next look.
    if (reloadMs !== false) this.#version = await loader.version?.();
    await use(await loader.load());
    this.#checkedAt = now();
  }

  /** Undefined when what is known is new enough; else a promise to wait for before the render. */
  refresh(): Promise<void> | undefined {
    const { loader, reloadMs, now } = this.#deps;
    if (reloadMs === false || loader.version === undefined) return undefined;
    if (this.#checking === undefined && now() - this.#checkedAt < reloadMs) {
      return this.#broken === undefined ? undefined : Promise.reject(this.#broken);
    }
    this.#checking ??= this.#check().finally(() => {
      this.#checkedAt = now();
      this.#checking = undefined;
    });
    return this.#checking.then(() => {
      if (this.#broken !== undefined) throw this.#broken;
    });
  }

  async #check(): Promise<void> {
    const { loader, use, failsWhenBroken, notice } = this.#deps;
    try {
      const version = await this.#withDeadline(Promise.resolve(loader.version?.()));
      if (version === this.#version) return;
      const sources = await this.#withDeadline(loader.load());
      this.#version = version;
      await use(sources);
      this.#broken = undefined;
      notice('Templates have changed and were loaded again.');
    } catch (error) {
      const isBroken = MailRelayError.is(error, 'ERR_MAIL_RELAY_TEMPLATE');
      if (isBroken && failsWhenBroken) this.#broken = error;
      const reason = isBroken ? error.message : error instanceof Error ? error.name : typeof error;
      notice(`Templates could not be loaded again, the ones from before stay in use: ${reason}`);
    }
  }

  #withDeadline<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#deps.after(ANSWER_MS, () => {
        reject(
          new MailRelayError(
            'ERR_MAIL_RELAY_TEMPLATE_RENDER',
            `The template loader did not answer in ${ANSWER_MS} ms.`,
          ),
        );
      });
      void answer.then(resolve, reject).finally(cancel);
    });
  }
}
