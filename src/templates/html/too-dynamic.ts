/**
 * Why something cannot be worked out on the template and is worked out on each render instead. A value, not an
 * error: the result is the same, only slower.
 *
 * @internal
 */
export class TooDynamic {
  constructor(
    /** A clause that continues "…, because". */
    readonly reason: string,
    /** The index of the slot that is in the way. */
    readonly slot?: number | undefined,
  ) {}
}
