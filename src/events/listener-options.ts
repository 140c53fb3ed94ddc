import { parseDuration } from '../core/schedule/duration.js';
import { MailRelayError } from '../core/mail-relay-error.js';
import type { ListenerLimit } from './mail-event-listener.js';

/** When a durable listener is given up on. @publicApi */
export interface DurableListenerOptions {
  /** How often an event is told at most. @default 300, which is about a day; no bound where giveUpAfter is set */
  readonly maxTries?: number | undefined;
  /** How long after it happened an event is told: milliseconds, or `'24h'`. @default no bound */
  readonly giveUpAfter?: number | string | undefined;
}

/** How a method listens. @publicApi */
export interface MailListenerOptions {
  /**
   * An event is told again, later each time, until the method fulfils: at least once, also when the process ends in
   * between. Needs a storage that keeps events, as `withBull` and `withSql` bring one; without it the method is told once.
   *
   * @default false
   */
  readonly durable?: boolean | DurableListenerOptions | undefined;
  /**
   * Every process of the application is told, from when it started: for what each keeps to itself, such as a cache. By
   * default an event is told once per application, where a storage keeps events.
   *
   * @default false
   */
  readonly everyProcess?: boolean | undefined;
  /**
   * By which the storage knows how far this listener is. Give one before a class or method is renamed.
   *
   * @default `<Class>.<method>`
   */
  readonly name?: string | undefined;
}

/** The options of a listener, read. */
export interface ListenerSettings {
  readonly durable?: ListenerLimit | undefined;
  readonly everyProcess?: boolean | undefined;
  readonly name?: string | undefined;
}

/** @throws MailRelayError `ERR_MAIL_RELAY_LISTENER` */
export function listenerSettings({ durable, everyProcess, name }: MailListenerOptions): ListenerSettings {
  if (durable && everyProcess) {
    throw badListener('both durable and everyProcess', 'what every process has to itself is not kept for it');
  }
  return {
    ...(durable && { durable: durable === true ? {} : limitOf(durable) }),
    ...(everyProcess && { everyProcess }),
    ...(name !== undefined && { name }),
  };
}

function limitOf({ maxTries, giveUpAfter }: DurableListenerOptions): ListenerLimit {
  if (maxTries !== undefined && !(Number.isSafeInteger(maxTries) && maxTries > 0)) {
    throw badListener('a maxTries that is no whole number above 0', 'say how often an event is told at most');
  }
  return {
    ...(maxTries !== undefined && { maxTries }),
    ...(giveUpAfter !== undefined && { giveUpAfterMs: durationOf(giveUpAfter) }),
  };
}

function durationOf(value: number | string): number {
  try {
    return parseDuration(value, 'giveUpAfter');
  } catch (cause) {
    throw badListener(
      'a giveUpAfter that is no duration',
      "write milliseconds, or such as '10m' or '24h'",
      cause,
    );
  }
}

function badListener(what: string, advice: string, cause?: unknown): MailRelayError {
  return new MailRelayError(
    'ERR_MAIL_RELAY_LISTENER',
    `@OnMailEvent is given ${what}: ${advice}.`,
    cause === undefined ? {} : { cause },
  );
}
