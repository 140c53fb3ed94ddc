import type { RenderedContent } from './template-renderer.js';

/** What a transform knows of the mail. @publicApi */
export interface ContentFacts {
  readonly mailId: string;
  readonly stream: string;
  readonly tenant: string;
  readonly template?: string | undefined;
  readonly locale?: string | undefined;
  /** The envelope's recipients. */
  readonly recipients: readonly string[];
}

/**
 * Changes rendered content before it is composed, for example to add a footer. Called once per mail, in the order of
 * the features; the result must not be a mutation of what came in.
 *
 * @publicApi
 */
export abstract class ContentTransform {
  abstract transform(
    content: RenderedContent,
    facts: ContentFacts,
  ): RenderedContent | Promise<RenderedContent>;
}
