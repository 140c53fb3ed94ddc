const OF_A_TENANT = /^tenant:/;

/** How a transport is called outside: those of tenants are as many as there are tenants, and named by them. */
export function transportLabel(name: string): string {
  return OF_A_TENANT.test(name) ? 'tenant' : name;
}
