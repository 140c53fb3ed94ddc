/** A part with content of its own. @internal */
export interface LeafPart {
  readonly kind: 'leaf';
  /** The whole header, folded. */
  readonly contentType: string;
  /** Its further headers, folded. */
  readonly fields: readonly string[];
  /** Encoded: lines of 7-bit octets. */
  readonly octets: Buffer;
}

/** A part made of parts. @internal */
export interface MultiPart {
  readonly kind: 'multipart';
  /** The value without boundary: `multipart/mixed`. */
  readonly contentType: string;
  readonly parts: readonly MimePart[];
}

/** A node of a message's tree. @internal */
export type MimePart = LeafPart | MultiPart;
