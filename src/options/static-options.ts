/** What is known of a relay before its options are. */
export interface StaticOptions {
  readonly relay: string;
  readonly lanes: readonly string[];
  /** Names of `transportClasses`. */
  readonly transportClasses: readonly string[];
  /** `NODE_ENV`. */
  readonly environment: string | undefined;
  /** The working directory, against which folders are resolved. */
  readonly root: string;
}
