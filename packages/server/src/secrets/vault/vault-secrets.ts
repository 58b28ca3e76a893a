/**
 * Purpose: reads secrets of Vault's KV version 2 over its HTTP API, and of whatever speaks it. What was read is remembered for
 * a moment, so that many processes of one release are one question.
 */
import { z } from 'zod';
import { askVault, vaultFailure, type VaultPorts, vaultRefusal } from './ask-vault.ts';

/**
 * Reads a key of a secret: `secret/shop` and `url`.
 * @throws SluiceError why there is no value; never a value or a token
 */
export type ReadVault = (path: string, key: string) => Promise<string>;

/** A new value is seen after this at the latest. */
const REMEMBERED_MS = 5_000;
const MOST_REMEMBERED = 500;

const answerSchema = z.object({
  data: z.object({ data: z.record(z.string(), z.unknown()).nullable() }),
  lease_duration: z.number().optional(),
});
type Data = Readonly<Record<string, unknown>>;

/** Reads secrets of a Vault. */
export function vaultSecrets(ports: VaultPorts & { readonly elapsedMs: () => number }): ReadVault {
  const remembered = new Map<string, { readonly data: Promise<Data>; readonly until: number }>();
  const dataOf = (path: string): Promise<Data> => {
    const present = remembered.get(path);
    if (present && ports.elapsedMs() < present.until) return present.data;
    const data = read(ports, path);
    data.catch(() => remembered.delete(path));
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(path, { data, until: ports.elapsedMs() + REMEMBERED_MS });
    return data;
  };
  return async (path, key) => {
    const data = await dataOf(path);
    const value = Object.hasOwn(data, key) ? data[key] : undefined;
    if (typeof value === 'string') return value;
    const keys = Object.keys(data).join(', ');
    throw vaultFailure(
      'not-found',
      `Vault's ${path} has no text under ${key}; it has ${keys === '' ? 'nothing' : keys}`,
    );
  };
}

async function read(ports: VaultPorts, path: string): Promise<Data> {
  const [mount = '', ...rest] = path.split('/');
  if (rest.length === 0 || [mount, ...rest].some(isOdd))
    throw vaultFailure('invalid-input', `${path} is no path of a secret; write for example secret/shop`);
  const { status, body } = await askVault(ports, { path: [mount, 'data', ...rest] });
  if (status === 404) throw vaultFailure('not-found', `Vault has no secret ${path}`);
  if (status !== 200) throw vaultRefusal(status, path, '`read` on it');
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success)
    throw vaultFailure('invalid-reply', `what Vault answers for ${path} is no secret of KV version 2`);
  if (parsed.data.data.data === null)
    throw vaultFailure('not-found', `the newest version of Vault's ${path} was deleted`);
  return parsed.data.data.data;
}

const isOdd = (part: string): boolean => part === '' || part === '.' || part === '..';
