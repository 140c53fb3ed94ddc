/** Knows the tenants of the relay, and which domains each may send from. */
export interface TenantGuard {
  /**
   * @param domains of the From and Sender headers
   * @throws MailRelayError when there is no such tenant, it cannot be looked up, or a domain is not its own
   */
  admit(tenant: string, domains: readonly string[]): Promise<void>;
}
