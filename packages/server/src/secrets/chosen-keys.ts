import { join } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { KeyEncryption } from './key-encryption.ts';
import { keyFile } from './key-file.ts';
import { isTransitKeyId, parseTransitKey, transitKeys } from './vault/transit-keys.ts';

/**
 * The keys for keys that whoever runs the control plane has chosen: `SLUICE_SECRETS_VAULT_KEY` names one of Vault, else they
 * lie in `SLUICE_SECRETS_KEY_FILE`, or in the directory. What the other sort wrapped before still opens, so that one can move
 * from one to the other.
 *
 * @throws SluiceError `invalid-input` for a name that is none
 */
export function chosenKeys(
  environment: Readonly<NodeJS.ProcessEnv>,
  { directory, fetch }: { readonly directory: string; readonly fetch: typeof globalThis.fetch },
): KeyEncryption {
  const { SLUICE_SECRETS_VAULT_KEY: text = '', SLUICE_SECRETS_KEY_FILE: file } = environment;
  const inFile = keyFile(file ?? join(directory, 'secrets.key'));
  const key = text === '' ? undefined : parseTransitKey(text);
  if (text !== '' && !key)
    throw new SluiceError(
      'invalid-input',
      `SLUICE_SECRETS_VAULT_KEY is ${JSON.stringify(text)}, which is no key of Vault; write where Transit is mounted and the key's name, for example transit/sluice`,
      { next: 'ask-human' },
    );
  const inVault = transitKeys({ environment, fetch }, key ?? { mount: 'transit', name: 'sluice' });
  return {
    ...(key ? inVault : inFile),
    unwrap: (wrapped, place) => (isTransitKeyId(wrapped.keyId) ? inVault : inFile).unwrap(wrapped, place),
  };
}
