/** Where the units write for people: Nest's `Logger` has this shape. No address, body or secret is ever written. */
export interface Log {
  debug(message: string): void;
  log(message: string): void;
  warn(message: string): void;
  error(message: string, stack?: string): void;
}
