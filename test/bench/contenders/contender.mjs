/**
 * Somebody who can mail. Mails are known by number: `workload.mjs` has their content.
 *
 * @typedef {object} Contender
 * @property {(i: number) => Promise<void>} send resolves when the server took mail number `i`, rejects otherwise
 * @property {(count: number) => Promise<void>} burst gives the relay `count` mails at once, and waits until the server
 *   took them all
 * @property {() => Promise<void>} stop
 */

/**
 * @callback StartContender
 * @param {number} port of the sink
 * @returns {Promise<Contender>}
 */

/** @type {Readonly<Record<string, () => Promise<StartContender>>>} */
const CONTENDERS = {
  nodemailer: async () => (await import('./nodemailer.mjs')).startNodemailer,
  mailer: async () => (await import('./mailer.mjs')).startMailer,
  'mailer-queue': async () => (await import('./queued.mjs')).startMailerQueue,
  'relay-bull': async () => (await import('./queued.mjs')).startRelayBull,
  'relay-bull-without-journal': async () => (await import('./queued.mjs')).startRelayBullWithoutJournal,
  'relay-ready': async () => (await import('./relay.mjs')).startRelayReady,
  'relay-ungated': async () => (await import('./relay.mjs')).startRelayUngated,
  'relay-limited': async () => (await import('./relay.mjs')).startRelayLimited,
  'relay-throws': async () => (await import('./relay-listeners.mjs')).startRelayThrows,
  'relay-hangs': async () => (await import('./relay-listeners.mjs')).startRelayHangs,
  'relay-leaks': async () => (await import('./relay-listeners.mjs')).startRelayLeaks,
  'relay-throws-beside': async () => (await import('./relay-listeners.mjs')).startRelayThrowsBeside,
  'relay-leaks-beside': async () => (await import('./relay-listeners.mjs')).startRelayLeaksBeside,
  'relay-template': async () => (await import('./relay.mjs')).startRelayTemplate,
  'relay-html-only': async () => (await import('./relay.mjs')).startRelayHtmlOnly,
};

/**
 * Boots a contender. Only its own packages are loaded, so that nobody pays for another's memory.
 *
 * @param {string} name
 * @param {number} port
 */
export async function startContender(name, port) {
  const load = CONTENDERS[name];
  if (load === undefined) {
    throw new TypeError(`There is no contender ${name}: there are ${Object.keys(CONTENDERS).join(', ')}.`);
  }
  const start = await load();
  return start(port);
}
