import { IsArray, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import type { PlainOptions } from './plain-options.js';

const MAX_BYTES = 1024 * 1024 * 1024;

/** Bounds on attachments and messages. @publicApi */
export type AttachmentOptions = PlainOptions<AttachmentOptionsSchema>;

/** What `AttachmentOptions` must look like, as class-validator checks it. @internal */
export class AttachmentOptionsSchema {
  /**
   * Folders below which an attachment's `path` may lie; links are resolved first. URLs never.
   *
   * @default []
   */
  @IsOptional()
  @IsArray({ message: 'expected an array of folders' })
  @IsString({ each: true, message: 'expected an array of folders' })
  readonly roots?: readonly string[] | undefined;

  /**
   * Octets of one attachment.
   *
   * @default 10485760 (10 MiB)
   */
  @IsOptional()
  @IsInt({ message: 'expected a whole number of octets' })
  @Min(1, { message: 'expected at least 1' })
  @Max(MAX_BYTES, { message: `expected at most ${MAX_BYTES}` })
  readonly maxBytes?: number | undefined;

  /**
   * Octets of the composed message; base64 makes attachments a third larger.
   *
   * @default 26214400 (25 MiB)
   */
  @IsOptional()
  @IsInt({ message: 'expected a whole number of octets' })
  @Min(1024, { message: 'expected at least 1024' })
  @Max(MAX_BYTES, { message: `expected at most ${MAX_BYTES}` })
  readonly maxMessageBytes?: number | undefined;
}
