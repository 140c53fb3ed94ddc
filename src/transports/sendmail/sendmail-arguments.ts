/**
 * A local part and a domain that no program called sendmail takes for anything else: not for an option, a program
 * (`|`), a file (`/`), a list (`:include:`) or several addresses.
 */
const PLAIN_ADDRESS =
  /^[A-Za-z0-9!#$%&'*+=?^_`{}~][A-Za-z0-9!#$%&'*+=?^_`{}~./|-]{0,63}@[A-Za-z0-9[][A-Za-z0-9.:[\]-]{0,254}$/;

/**
 * The arguments for one message to one recipient: a lone dot ends nothing, the sender is given, and nothing behind `--`
 * is an option.
 *
 * @returns undefined when an address could be taken for something else
 * @see CVE-2020-7769
 * @internal
 */
export function sendmailArguments(from: string, to: string): readonly string[] | undefined {
  if ((from !== '' && !PLAIN_ADDRESS.test(from)) || !PLAIN_ADDRESS.test(to)) return undefined;
  return ['-i', '-f', from === '' ? '<>' : from, '--', to];
}
