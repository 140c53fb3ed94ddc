import type { SpoolEntry } from '../../spool/spool.js';

/** A mail ready to be stored, with its place in the source. */
export interface MadeMail {
  readonly index: number;
  readonly key: string | undefined;
  readonly entry: SpoolEntry;
}
