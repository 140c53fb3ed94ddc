/** The mail cannot be given to this API, or not be read at all. @internal */
export class Inexpressible extends Error {
  /** @param code as `classifyFailure()` knows it */
  constructor(readonly code: string) {
    super('The mail cannot be given to this API.');
  }
}
