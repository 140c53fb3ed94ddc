/**
 * What a sink has received since it was last asked.
 *
 * @typedef {object} SinkReport
 * @property {number} connections
 * @property {number} messages
 * @property {number} recipients
 * @property {number} bytes
 * @property {string} sample the last message, to look at what was mailed
 */

export class SinkCounts {
  connections = 0;
  messages = 0;
  recipients = 0;
  bytes = 0;
  /** @type {readonly Buffer[]} */
  #last = [];

  /** @param {readonly Buffer[]} message */
  add(message) {
    this.messages++;
    for (const chunk of message) this.bytes += chunk.length;
    this.#last = message;
  }

  /** Tells everything and begins again. @returns {SinkReport} */
  take() {
    const { connections, messages, recipients, bytes } = this;
    const sample = Buffer.concat(this.#last).toString('latin1');
    this.connections = this.messages = this.recipients = this.bytes = 0;
    this.#last = [];
    return { connections, messages, recipients, bytes, sample };
  }
}
