import { MailRelayError } from '../../core/mail-relay-error.js';
import type { MjmlEngine } from './compile-mjml.js';

/**
 * The engine of the optional package `mrml`.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_TEMPLATE` that says how to install it
 * @internal
 */
export async function loadMjml(): Promise<MjmlEngine> {
  const { Engine } = await importMrml();
  const engine = new Engine();
  return (source) => {
    const result = engine.toHtml(source);
    if (result.type === 'success') return result.content;
    throw new Error(`MJML does not take it: ${result.message}`);
  };
}

async function importMrml(): Promise<typeof import('mrml')> {
  try {
    return await import('mrml');
  } catch (cause) {
    throw new MailRelayError(
      'ERR_MAIL_RELAY_TEMPLATE',
      'There are templates in MJML (.mjml.hbs), and the package that reads it could not be loaded: npm install mrml. ' +
        'Or bring another one: templates.mjml.',
      { field: 'templates.mjml', cause },
    );
  }
}
