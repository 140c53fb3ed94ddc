/**
 * What templates do with a value: everything that is known of its type.
 *
 * @internal
 */
export class ValueShape {
  /** By name; what templates ask the value for. */
  readonly properties = new Map<string, ValueShape>();
  /** What one element is, where the value is repeated. */
  items: ValueShape | undefined;
  /** It is written into the mail. */
  isPrinted = false;
  /** A helper gets it: it may be formatted. */
  isFormatted = false;
  /** Some template needs it, wherever it is not asked for with `{{#if}}` before. */
  isRequired = false;

  /** The shape of a property, made on first use. */
  property(name: string): ValueShape {
    let shape = this.properties.get(name);
    if (!shape) this.properties.set(name, (shape = new ValueShape()));
    return shape;
  }

  /** The shape of an element, made on first use. */
  item(): ValueShape {
    return (this.items ??= new ValueShape());
  }
}
