import type { SecretReference } from '@sluice/core/rollout/secret-reference.ts';

type KeptReference = Exclude<SecretReference, { readonly from: 'file' | 'environment' }>;

/** A secret as written, of which every part may be missing. */
interface WrittenSecret {
  readonly secret?: string | undefined;
  readonly vault?: { readonly path?: string | undefined; readonly key?: string | undefined } | undefined;
}

/** The secret that Sluice or Vault keeps and that is meant; undefined when it lies elsewhere. */
export function keptReference(written: WrittenSecret | undefined): KeptReference | undefined {
  if (written?.secret !== undefined) return { from: 'stored', name: written.secret };
  const { path = '', key = '' } = written?.vault ?? {};
  return written?.vault === undefined ? undefined : { from: 'vault', path, key };
}
