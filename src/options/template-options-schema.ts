import {
  Equals,
  IsBoolean,
  IsInt,
  IsLocale,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  IsTimeZone,
  Min,
  ValidateIf,
} from 'class-validator';
import type { TemplateOptions } from '../templates/template-options.js';

/** What `TemplateOptions` must look like, as class-validator checks it. @internal */
export class TemplateOptionsSchema implements Record<keyof TemplateOptions, unknown> {
  @ValidateIf(
    ({ dir, loader, functions }: TemplateOptions) =>
      dir !== undefined || (loader === undefined && functions === undefined),
  )
  @IsString({ each: true, message: 'expected a folder, or an array of folders' })
  @IsNotEmpty({ each: true, message: 'expected a folder, or an array of folders' })
  readonly dir: string | readonly string[] | undefined;

  @ValidateIf((_, value) => value !== undefined)
  @IsObject({ each: true, message: 'expected a TemplateLoader, or an array of them' })
  readonly loader: object | undefined;

  @ValidateIf((_, value) => value !== undefined && value !== false)
  @IsInt({ message: 'expected false, or whole milliseconds' })
  @Min(0, { message: 'expected false, or whole milliseconds' })
  readonly reloadMs: number | false | undefined;

  @IsOptional()
  @IsString({ message: 'expected the name of a file below layouts/' })
  readonly layout: string | undefined;

  @IsOptional()
  @IsObject({ message: 'expected an object of engines by the ending of their files' })
  readonly engines: object | undefined;

  @IsOptional()
  @IsObject({ message: 'expected an object of functions by the name of their template' })
  readonly functions: object | undefined;

  @ValidateIf((_, value) => value !== undefined && typeof value !== 'function')
  @Equals(undefined, { message: 'expected a function from MJML to html' })
  readonly mjml: unknown;

  @IsOptional()
  @IsObject({ message: 'expected an object of functions by name' })
  readonly helpers: object | undefined;

  @IsOptional()
  @IsBoolean({ message: 'expected true or false' })
  readonly inlineCss: boolean | undefined;

  @IsOptional()
  @IsLocale({ message: 'expected a locale: en, pt-BR' })
  readonly defaultLocale: string | undefined;

  @IsOptional()
  @IsTimeZone({ message: 'expected a time zone: UTC, Europe/Vienna' })
  readonly timeZone: string | undefined;

  @IsOptional()
  @IsBoolean({ message: 'expected true or false' })
  readonly lint: boolean | undefined;

  @IsOptional()
  @IsBoolean({ message: 'expected true or false' })
  readonly strict: boolean | undefined;

  @ValidateIf((_, value) => value !== undefined && typeof value !== 'boolean')
  @IsString({ each: true, message: 'expected true, false, or an array of names of getters' })
  readonly allowGetters: boolean | readonly string[] | undefined;

  @IsOptional()
  @IsInt({ message: 'expected a whole number of characters, at least 1' })
  @Min(1, { message: 'expected a whole number of characters, at least 1' })
  readonly maxRenderedChars: number | undefined;

  @IsOptional()
  @IsInt({ message: 'expected whole milliseconds, at least 1' })
  @Min(1, { message: 'expected whole milliseconds, at least 1' })
  readonly maxRenderMs: number | undefined;
}
