/**
 * Who is measured against whom.
 *
 * @typedef {object} Comparison
 * @property {string} key for `--only`
 * @property {string} title
 * @property {'throughput' | 'burst'} kind
 * @property {boolean} [redis] whether its entrants need a Redis
 * @property {readonly Entrant[]} entrants in the order of a round, the peer first
 */

/**
 * @typedef {object} Entrant
 * @property {string} contender
 * @property {string} label
 * @property {readonly RegExp[]} mails what its messages hold, so that nobody wins by doing less
 * @property {readonly RegExp[]} [mailsNot]
 * @property {number} [atLeast] the ratio of messages/s to the first entrant's that is the target
 * @property {number} [belowMs] the longest block of the event loop that is the target
 */

const HTML = /^Content-Type: text\/html/im;
const TEXT = /^Content-Type: text\/plain/im;
/** The rule of `.button`, worked into the one element that has the class. */
const INLINED = /<a[^>]*style=3D"[^"]*padding:\s*12px/;

/** @type {readonly Comparison[]} */
export const comparisons = [
  {
    key: 'a',
    title: 'a  Content ready, html and text: MailService.send() and bare nodemailer with its pool',
    kind: 'throughput',
    entrants: [
      { contender: 'nodemailer', label: 'nodemailer, pool', mails: [HTML, TEXT] },
      { contender: 'relay-ready', label: 'nestjs-mail-relay', mails: [HTML, TEXT], atLeast: 1 },
    ],
  },
  {
    key: 'b',
    title: 'b  A Handlebars template with css to inline: MailService.send() and @nestjs-modules/mailer',
    kind: 'throughput',
    entrants: [
      {
        contender: 'mailer',
        label: '@nestjs-modules/mailer, html only',
        mails: [HTML, INLINED],
        mailsNot: [TEXT],
      },
      {
        contender: 'relay-html-only',
        label: 'nestjs-mail-relay, html only',
        mails: [HTML, INLINED],
        mailsNot: [TEXT],
        atLeast: 1.3,
      },
      {
        contender: 'relay-template',
        label: 'nestjs-mail-relay, html and text',
        mails: [HTML, INLINED, TEXT],
        atLeast: 1.3,
      },
    ],
  },
  {
    key: 'c',
    title: 'c  The longest block of the event loop by mails given at once, from the template',
    kind: 'burst',
    entrants: [
      { contender: 'mailer', label: '@nestjs-modules/mailer, sendMail()', mails: [HTML, INLINED] },
      {
        contender: 'relay-template',
        label: 'nestjs-mail-relay, queue()',
        mails: [HTML, INLINED, TEXT],
        belowMs: 20,
      },
    ],
  },
  {
    key: 'd',
    title: 'd  Selection, breaker and limits with one transport: MailService.send() with and without them',
    kind: 'throughput',
    entrants: [
      { contender: 'relay-ungated', label: 'nothing before a try', mails: [HTML, TEXT] },
      { contender: 'relay-ready', label: 'breaker, no limit given', mails: [HTML, TEXT], atLeast: 0.95 },
      { contender: 'relay-limited', label: 'breaker and limits', mails: [HTML, TEXT], atLeast: 0.95 },
    ],
  },
  {
    key: 'l',
    title: 'l  Listeners: MailService.send() with none, and with those that throw, hang and leak a rejection',
    kind: 'throughput',
    entrants: [
      { contender: 'relay-ready', label: 'no listener', mails: [HTML, TEXT] },
      { contender: 'relay-throws-beside', label: 'none, thrown elsewhere', mails: [HTML, TEXT] },
      { contender: 'relay-leaks-beside', label: 'none, leaked elsewhere', mails: [HTML, TEXT] },
      { contender: 'relay-throws', label: 'one that throws', mails: [HTML, TEXT], atLeast: 0.95 },
      { contender: 'relay-hangs', label: 'one that hangs for a minute', mails: [HTML, TEXT], atLeast: 0.95 },
      { contender: 'relay-leaks', label: 'one that leaks a rejection', mails: [HTML, TEXT], atLeast: 0.95 },
    ],
  },
  {
    key: 'q',
    title:
      'q  Queued in Redis (AOF everysec) and sent by the same process: queue() and the queue of @nestjs-modules/mailer',
    kind: 'throughput',
    redis: true,
    entrants: [
      { contender: 'mailer-queue', label: '@nestjs-modules/mailer, BullMQ', mails: [HTML, INLINED] },
      {
        contender: 'relay-bull',
        label: 'nestjs-mail-relay, Bull',
        mails: [HTML, INLINED, TEXT],
        atLeast: 1.5,
      },
      {
        contender: 'relay-bull-without-journal',
        label: 'nestjs-mail-relay, Bull, journal: false',
        mails: [HTML, INLINED, TEXT],
        atLeast: 1.5,
      },
    ],
  },
];
