/**
 * Purpose: keys for keys in Vault's Transit engine, which never leave it: it wraps and unwraps data keys itself.
 *
 * 1. What a data key is bound to goes with it as associated data, which Vault checks. 2. The name of a wrapping key says its
 * mount, name and version, so that keys that were wrapped before another was chosen still open.
 */
import { z } from 'zod';
import type { KeyEncryption } from '../key-encryption.ts';
import { askVault, type VaultAnswer, vaultFailure, type VaultPorts, vaultRefusal } from './ask-vault.ts';

/** A key of Transit: where the engine is mounted, and the key's name. */
export interface TransitKey {
  readonly mount: string;
  readonly name: string;
}

const PART = '[A-Za-z0-9][A-Za-z0-9_.-]{0,99}';

/** Reads `transit/sluice`; undefined when it is no name of a key. */
export function parseTransitKey(text: string): TransitKey | undefined {
  const [, mount, name] = new RegExp(`^(${PART})/(${PART})$`).exec(text) ?? [];
  return mount === undefined || name === undefined ? undefined : { mount, name };
}

/** Whether a data key was wrapped by a key of Transit: `vault:transit/sluice:v3`. */
export const isTransitKeyId = (keyId: string): boolean => keyId.startsWith('vault:');

const encrypted = z.object({
  data: z.object({ ciphertext: z.string().regex(/^vault:v[0-9]{1,9}:.{1,10000}$/) }),
});
const decrypted = z.object({ data: z.object({ plaintext: z.base64() }) });
const described = z.object({ data: z.object({ latest_version: z.int().min(1) }) });

/** Wraps and unwraps with a key of Transit, of a type that takes associated data: `aes256-gcm96`, `chacha20-poly1305`. */
export function transitKeys(ports: VaultPorts, { mount, name }: TransitKey): KeyEncryption {
  const newest = async (): Promise<string> => {
    const answer = await askVault(ports, { path: [mount, 'keys', name] });
    const { latest_version: version } = answerOf(answer, described, { mount, name, need: 'read' }).data;
    return idOf({ mount, name }, `v${version}`);
  };
  return {
    newest,
    wrap: async (dataKey, place) => {
      const body = { plaintext: Buffer.from(dataKey).toString('base64'), associated_data: bound(place) };
      const answer = await askVault(ports, { path: [mount, 'encrypt', name], body });
      const { ciphertext } = answerOf(answer, encrypted, { mount, name, need: 'update' }).data;
      return { keyId: idOf({ mount, name }, ciphertext.split(':')[1] ?? ''), wrapped: ciphertext };
    },
    unwrap: ({ keyId, wrapped }, place) => unwrap(ports, { keyId, wrapped, place }),
    renew: async () => {
      const answer = await askVault(ports, { path: [mount, 'keys', name, 'rotate'], body: {} });
      if (answer.status !== 204) answerOf(answer, z.unknown(), { mount, name, need: 'update' });
      return newest();
    },
  };
}

async function unwrap(
  ports: VaultPorts,
  { keyId, wrapped, place }: { readonly keyId: string; readonly wrapped: string; readonly place: string },
): Promise<Uint8Array> {
  const key = parseTransitKey(keyId.split(':')[1] ?? '');
  if (!key) throw vaultFailure('not-found', `it is sealed with ${keyId}, which is no key of Vault`);
  const body = { ciphertext: wrapped, associated_data: bound(place) };
  const answer = await askVault(ports, { path: [key.mount, 'decrypt', key.name], body });
  // Vault says 400 for what was altered, moved, or wrapped by a version that may no longer be used.
  if (answer.status === 400)
    throw vaultFailure(
      'invalid-input',
      'its key does not open: it was altered, moved from another place, or wrapped by a version that Vault no longer uses',
    );
  const { plaintext } = answerOf(answer, decrypted, { ...key, need: 'update' }).data;
  return Buffer.from(plaintext, 'base64');
}

interface Asked extends TransitKey {
  readonly need: 'read' | 'update';
}

function answerOf<Value>(
  { status, body }: VaultAnswer,
  schema: z.ZodType<Value>,
  { mount, name, need }: Asked,
): Value {
  const what = `the key ${mount}/${name}`;
  if (status === 404) throw vaultFailure('invalid-input', `Vault has no key ${name} in ${mount}`);
  if (status !== 200) throw vaultRefusal(status, what, `\`${need}\` on it`);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw vaultFailure('invalid-reply', `what Vault answers for ${what} is not what Transit answers`);
}

const idOf = ({ mount, name }: TransitKey, version: string): string => `vault:${mount}/${name}:${version}`;

const bound = (place: string): string => Buffer.from(place).toString('base64');
