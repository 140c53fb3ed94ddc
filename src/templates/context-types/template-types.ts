import { describeType } from './describe-type.js';
import type { ValueShape } from './value-shape.js';

/** A template as the declarations tell it. @internal */
export interface TypedTemplate {
  readonly name: string;
  /** The files it is made of, as people write them. */
  readonly files: readonly string[];
  readonly shape: ValueShape;
  readonly sample?: object | undefined;
}

/**
 * The declaration file that gives drafts the type of each template's context.
 *
 * @param source where the templates are, for the reader
 * @internal
 */
export function writeTemplateTypes(templates: readonly TypedTemplate[], source: string): string {
  const members = templates
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, files, shape, sample }) => {
      const type = shape.properties.size === 0 ? 'object' : describeType(shape, sample, '    ');
      return `    /** ${files.join(', ')} */\n    readonly ${JSON.stringify(name)}: ${type};\n`;
    });
  return [
    `// Written by \`nestjs-mail-relay types\` from ${source}. Change the templates, not this file.`,
    "import type {} from 'nestjs-mail-relay';",
    '',
    "declare module 'nestjs-mail-relay' {",
    '  interface MailTemplates {',
    `${members.join('\n')}  }`,
    '}',
    '',
  ].join('\n');
}
