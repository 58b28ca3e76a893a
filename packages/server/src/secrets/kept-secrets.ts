import type { ReadKeptSecret } from '../checks/component-variables.ts';
import type { Database } from '../store/database/open-database.ts';
import type { KeyEncryption } from './key-encryption.ts';
import { readStoredSecret } from './stored-secrets.ts';
import { vaultSecrets } from './vault/vault-secrets.ts';

/** What reading needs. */
export interface KeptSecretsParts {
  readonly db: Database;
  readonly tenant: string;
  readonly keys: KeyEncryption;
  /** The variables that a tenant may refer to; where Vault is stands among them. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
}

/** Reads secrets that lie neither in files nor in the environment: those that Sluice keeps, and Vault's. */
export function keptSecrets({ db, tenant, keys, environment }: KeptSecretsParts): ReadKeptSecret {
  const readVault = vaultSecrets({
    environment,
    fetch: globalThis.fetch,
    elapsedMs: () => performance.now(),
  });
  return (reference) =>
    reference.from === 'vault'
      ? readVault(reference.path, reference.key)
      : readStoredSecret(db, tenant, keys, reference.name);
}
