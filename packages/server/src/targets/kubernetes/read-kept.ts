import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';

/** Reads a key of a Secret; rejects with a `SluiceError` that names what is not there. */
export async function readKept(
  client: ClusterClient,
  namespace: string,
  secret: string,
  key: string,
): Promise<string> {
  const found = await client.read({ apiVersion: 'v1', kind: 'Secret', namespace, name: secret });
  const data = (found?.['data'] ?? {}) as Readonly<Record<string, string>>;
  const value = data[key];
  if (value !== undefined) return Buffer.from(value, 'base64').toString('utf8');
  const what =
    found === undefined
      ? `there is no Secret ${namespace}/${secret}`
      : `the Secret ${namespace}/${secret} has no key ${key}`;
  throw new SluiceError('not-found', `${what} in ${client.name}`, { next: 'ask-human' });
}
