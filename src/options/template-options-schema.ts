import {
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
