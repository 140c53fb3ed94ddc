import type { TemplateFile } from './template-loader.js';

/**
 * A piece of a file that is compiled by itself: the whole of it, what follows its front matter, or a value of the
 * front matter.
 *
 * @internal
 */
export interface TemplateUnit extends TemplateFile {
  /**
   * What is parsed, when that is not the whole source. What does not belong to the piece is replaced by a comment of as
   * many lines, so that places in the piece are places in the file.
   */
  readonly text?: string | undefined;
}

/** The text that is parsed. @internal */
export function textOf(unit: TemplateUnit): string {
  return unit.text ?? unit.source;
}

/**
 * A value of the front matter as a unit of its own: a comment before it takes the place of what stands before it in
 * the file.
 *
 * @param line from 0
 * @param column from 0
 * @internal
 */
export function unitWithin(file: TemplateFile, value: string, line: number, column: number): TemplateUnit {
  const closing = '--}}'.padStart(column);
  return { ...file, text: `{{!--${'\n'.repeat(line)}${closing}${value}` };
}
