/**
 * The fields of a class of options as a plain type: applications write object literals and spread them, and need not
 * know of the class that checks them.
 */
export type PlainOptions<Schema> = { readonly [Field in keyof Schema]: Schema[Field] };
