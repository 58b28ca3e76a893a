import { readFile } from 'node:fs/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { MeasurementSecret } from '@sluice/core/rollout/measurement-spec.ts';
import { fillNames } from './fill-names.ts';
import type { MeasurementContext, MeasurementPorts } from './measurement-ports.ts';

/**
 * Reads the values of headers from where they are kept, each time anew, as tokens are renewed.
 * @throws SluiceError `not-found`, naming the header and the place, never a value
 */
export async function readSecrets(
  secrets: Readonly<Record<string, MeasurementSecret>>,
  context: MeasurementContext,
  ports: Pick<MeasurementPorts, 'environment' | 'readStored'>,
): Promise<Readonly<Record<string, string>>> {
  const read = Object.entries(secrets).map(async ([header, secret]) => {
    const value = await valueOf(secret, context, ports);
    if (value !== undefined) return [header, value] as const;
    throw new SluiceError('not-found', `the header ${header} cannot be read from ${placeOf(secret)}`, {
      next: 'ask-human',
    });
  });
  return Object.fromEntries(await Promise.all(read));
}

async function valueOf(
  secret: MeasurementSecret,
  context: MeasurementContext,
  { environment, readStored }: Pick<MeasurementPorts, 'environment' | 'readStored'>,
): Promise<string | undefined> {
  if ('value' in secret) return fillNames(secret.value, context);
  if ('secret' in secret) return (await readStored(secret.secret).catch(() => undefined))?.trim();
  if (environment === null && !('kept' in secret)) return undefined;
  if ('environment' in secret) return environment?.[secret.environment];
  const read = 'file' in secret ? readFile(secret.file, 'utf8') : context.readKept?.(secret.kept, secret.key);
  const value = (await read?.catch(() => undefined))?.trim();
  return value === undefined ? undefined : `${'kept' in secret ? (secret.before ?? '') : ''}${value}`;
}

const nameOf = (reference: Extract<MeasurementSecret, { readonly secret: unknown }>['secret']): string =>
  reference.from === 'vault'
    ? `the key ${reference.key} of ${reference.path} in Vault`
    : `the secret ${reference.name}`;

function placeOf(secret: MeasurementSecret): string {
  if ('file' in secret) return `the file ${secret.file}`;
  if ('environment' in secret) return `the environment variable ${secret.environment}`;
  if ('secret' in secret) return nameOf(secret.secret);
  return 'kept' in secret ? `the key ${secret.key} of ${secret.kept}` : 'the plan';
}
