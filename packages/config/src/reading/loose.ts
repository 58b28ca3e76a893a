/**
 * A value of which any part may be missing because it was refused. Rules are written against it, so that they
 * still look at everything that could be read.
 */
export type Loose<Value> = Value extends readonly (infer Item)[]
  ? readonly (Loose<Item> | undefined)[]
  : Value extends object
    ? { readonly [Key in keyof Value]?: Loose<Value[Key]> | undefined }
    : Value;
