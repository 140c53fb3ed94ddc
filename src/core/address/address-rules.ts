/**
 * What addresses may be beyond the strict rules.
 *
 * @publicApi
 */
export interface AddressRules {
  /**
   * Domains accepted although they are a single label or end in `local`, `localhost` or `invalid`, each written
   * in full.
   *
   * @default none
   */
  readonly localDomains?: readonly string[] | undefined;
}
