/**
 * A transport plugin of nodemailer: what `nodemailer.createTransport()` takes.
 *
 * @publicApi
 */
export interface NodemailerPlugin {
  /** Gives a mail, read by `mail.message.createReadStream()`, to the plugin's upstream. */
  send(mail: never, callback: (error: Error | null, info?: never) => void): unknown;
  verify?(...args: never[]): unknown;
  close?(...args: never[]): unknown;
}
