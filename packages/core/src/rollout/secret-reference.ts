/** Where a secret's value comes from; the value itself is never part of a spec. */
export type SecretReference =
  | { readonly from: 'file'; readonly path: string }
  /** Read from the environment of the host process. */
  | { readonly from: 'environment'; readonly name: string }
  /** Kept by Sluice itself, encrypted; a name, or a name with one of its versions: `shop-db@3`. */
  | { readonly from: 'stored'; readonly name: string }
  /** A key of a secret of Vault's KV version 2: `secret/shop` with `url`. */
  | { readonly from: 'vault'; readonly path: string; readonly key: string };
