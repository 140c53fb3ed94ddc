import type { RedisClient } from './redis-client.js';
import { ADD_MAIL } from './scripts/add-mail.js';
import { CHANGE_MAIL, FORGET_BROKEN, SET_ASIDE } from './scripts/change-mail.js';
import { CLAIM_MAIL } from './scripts/claim-mail.js';
import {
  APPEND_EVENTS,
  END_OF_EVENTS,
  HOLD_READER,
  RELEASE_READER,
  SAVE_READER,
  TRIM_EVENTS,
} from './scripts/event-log.js';
import { MARK_CLAIM, RENEW_CLAIM } from './scripts/keep-claim.js';
import { COUNT_ALL, COUNT_STREAMS, FIND_KEY, READ_MAILS } from './scripts/look-up.js';
import { PACK_MESSAGE } from './scripts/pack-message.js';
import { PRELUDE } from './scripts/prelude.js';
import { PURGE_OLD } from './scripts/purge-old.js';
import { SETTLE_CLAIM } from './scripts/settle-claim.js';
import { NEXT_DUE, TELL_DUE } from './scripts/tell-due.js';
import { FORGET_HOURS, WRITE_JOURNAL } from './scripts/write-journal.js';

const SCRIPTS = {
  add: ADD_MAIL,
  appendEvents: APPEND_EVENTS,
  change: CHANGE_MAIL,
  claim: CLAIM_MAIL,
  countAll: COUNT_ALL,
  countStreams: COUNT_STREAMS,
  endOfEvents: END_OF_EVENTS,
  findKey: FIND_KEY,
  forgetBroken: FORGET_BROKEN,
  forgetHours: FORGET_HOURS,
  holdReader: HOLD_READER,
  mark: MARK_CLAIM,
  next: NEXT_DUE,
  packMessage: PACK_MESSAGE,
  purge: PURGE_OLD,
  read: READ_MAILS,
  releaseReader: RELEASE_READER,
  renew: RENEW_CLAIM,
  saveReader: SAVE_READER,
  setAside: SET_ASIDE,
  settle: SETTLE_CLAIM,
  tell: TELL_DUE,
  trimEvents: TRIM_EVENTS,
  writeJournal: WRITE_JOURNAL,
};

/** One of the spool's scripts. */
export type ScriptName = keyof typeof SCRIPTS;

/** What a script is given, after the base of the keys and the two clocks. */
export type ScriptArgument = string | number | Buffer;

/** What a script answers: strings are octets, because some are messages. */
export type ScriptAnswer = Buffer | number | null | readonly ScriptAnswer[];

type Commands = Readonly<Record<string, (...args: ScriptArgument[]) => Promise<ScriptAnswer>>>;

/** The spool's scripts on one client: sent by digest, and whole where Redis does not know them (any more). */
export class SpoolScripts {
  readonly #commands: Commands;
  readonly #base: string;

  /** @param base what every key of the spool begins with, hash tag included */
  constructor(client: RedisClient, base: string) {
    for (const [name, lua] of Object.entries(SCRIPTS)) {
      client.defineCommand(commandName(name), { numberOfKeys: 1, lua: PRELUDE + lua });
    }
    // ioredis adds the commands at run time; its types cannot know them.
    this.#commands = client as unknown as Commands;
    this.#base = base;
  }

  run(name: ScriptName, args: readonly ScriptArgument[]): Promise<ScriptAnswer> {
    const command = this.#commands[`${commandName(name)}Buffer`];
    if (!command) throw new TypeError(`no script ${name}`);
    return command.call(this.#commands, this.#base, ...args);
  }
}

function commandName(name: string): string {
  return `mailRelay_${name}`;
}
