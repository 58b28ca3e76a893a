import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { keyIdOf } from '@sluice/protocol/ledger/signed-head.ts';

/** Names a file with the private key, in PEM; several servers may share one. */
export const KEY_FILE_VARIABLE = 'SLUICE_LEDGER_KEY_FILE';
const OWN_FILE = 'ledger-key.pem';

/** With what heads are signed. */
export interface HeadKey {
  readonly keyId: string;
  readonly privateKey: KeyObject;
  /** PEM of the public part. */
  readonly publicKey: string;
}

/** The key of this server. */
export interface HeadKeys {
  readonly current: () => HeadKey;
  /** Signs with a new key from now on; refused when the key came from elsewhere. */
  rotate(): Promise<Result<HeadKey>>;
}

/**
 * Takes the key that the environment names, else the one of the state directory, which is made at the first start.
 * @throws SluiceError `invalid-input` when what is named is no Ed25519 key
 */
export async function openHeadKeys(
  directory: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<HeadKeys> {
  const named = environment[KEY_FILE_VARIABLE] || undefined;
  const path = named ?? join(directory, OWN_FILE);
  let current = named === undefined ? await ownKey(path) : keyIn(await readKey(path), path);
  return {
    current: () => current,
    rotate: async () => {
      if (named !== undefined) return refuseRotation(named);
      current = await writeNewKey(path);
      return ok(current);
    },
  };
}

async function ownKey(path: string): Promise<HeadKey> {
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw SluiceError.from(thrown, `Reading the key of the ledger in ${path}`);
  });
  return text === null ? writeNewKey(path) : keyIn(text, path);
}

/** Under another name first, so that the file is whole or not there. */
async function writeNewKey(path: string): Promise<HeadKey> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  await writeFile(`${path}.new`, pem, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
  return keyOf(privateKey);
}

async function readKey(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((thrown: unknown) => {
    throw SluiceError.from(thrown, `Reading the key of the ledger that ${KEY_FILE_VARIABLE} names, ${path}`);
  });
}

function keyIn(pem: string, path: string): HeadKey {
  const key = parsed(pem);
  if (key?.asymmetricKeyType === 'ed25519') return keyOf(key);
  throw new SluiceError(
    'invalid-input',
    `Reading the key of the ledger failed: ${path} holds no private Ed25519 key in PEM. ` +
      'Make one with `openssl genpkey -algorithm ed25519`, or remove the file of the state directory for a new one.',
    { next: 'ask-human' },
  );
}

function parsed(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

const keyOf = (privateKey: KeyObject): HeadKey => ({
  keyId: keyIdOf(privateKey),
  privateKey,
  publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
});

const refuseRotation = (path: string): Result<never> =>
  refuse(
    'key-from-elsewhere',
    `The key of the ledger lies in ${path}, which ${KEY_FILE_VARIABLE} names, and is not changed from here.`,
    'Put another key into that file and start the control plane again; heads of the old one stay good.',
  );
