import { refuseDraft } from '../../core/refusal.js';
import { findUnsafeCharacter } from '../../core/address/unsafe-text.js';
import { optionalString } from './draft-values.js';

const MAX_NAME_CHARS = 128;
const DRIVE = /^[A-Za-z]:/;

/**
 * Checks a template's name and gives it back unchanged. A name is a relative path of plain segments; whether there
 * is such a template is for the renderer to say.
 *
 * @throws `ERR_MAIL_RELAY_DRAFT`
 * @internal
 */
export function checkTemplateName(value: unknown): string {
  const name = optionalString(value, 'template') ?? '';
  if (name === '' || name.length > MAX_NAME_CHARS) refuseName('it is empty or longer: correct the name');
  const unsafe = findUnsafeCharacter(name);
  if (unsafe !== undefined) refuseName(`it holds the character ${unsafe}: remove it`);
  if (name.includes('\\')) refuseName('it holds a backslash: separate folders by a slash');
  if (DRIVE.test(name)) refuseName('it begins with a drive: name the template below its folder');
  if (name.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')) {
    refuseName('it has an empty, `.` or `..` segment: name the template below its folder');
  }
  return name;
}

function refuseName(reason: string): never {
  refuseDraft('template', `be a template's name of 1 to ${MAX_NAME_CHARS} characters`, reason);
}
