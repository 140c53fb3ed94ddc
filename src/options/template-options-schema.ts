import { IsBoolean, IsNotEmpty, IsObject, IsOptional, IsString } from 'class-validator';
import type { TemplateOptions } from '../templates/template-options.js';

/** What `TemplateOptions` must look like, as class-validator checks it. @internal */
export class TemplateOptionsSchema implements Record<keyof TemplateOptions, unknown> {
  @IsString({ each: true, message: 'expected a folder, or an array of folders' })
  @IsNotEmpty({ each: true, message: 'expected a folder, or an array of folders' })
  readonly dir!: string | readonly string[];

  @IsOptional()
  @IsString({ message: 'expected the name of a file below layouts/' })
  readonly layout: string | undefined;

  @IsOptional()
  @IsObject({ message: 'expected an object of functions by name' })
  readonly helpers: object | undefined;

  @IsOptional()
  @IsBoolean({ message: 'expected true or false' })
  readonly inlineCss: boolean | undefined;
}
