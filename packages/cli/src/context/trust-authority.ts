import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { resolve } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { World } from '../world.ts';
import { readAuthority } from './credentials.ts';

/** Names a file with authorities, in PEM, that certificates of control planes may be of. */
export const AUTHORITY_VARIABLE = 'SLUICE_CA_FILE';

/**
 * Has this process believe the authority that is named by the variable, else the one that `sluice login --ca` was given for the
 * address; beside those that the machine knows.
 * @throws SluiceError `invalid-input` when the file of the variable cannot be read
 */
export async function trustAuthority(
  { environment, workingDirectory }: Pick<World, 'environment' | 'workingDirectory'>,
  address: string,
): Promise<void> {
  const file = environment[AUTHORITY_VARIABLE];
  const pem = file
    ? await readPem(resolve(workingDirectory, file), AUTHORITY_VARIABLE)
    : await readAuthority(environment, address);
  if (pem !== undefined) trust(pem);
}

/** As `trustAuthority`, of a text in PEM. */
export function trust(pem: string): void {
  setDefaultCACertificates([...getCACertificates('default'), pem]);
}

/**
 * Reads a file of authorities.
 * @param named what named it: an option, or a variable
 * @throws SluiceError `invalid-input` when it holds none
 */
export async function readPem(path: string, named: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    throw unusable(named, path, `cannot be read (${Object(thrown).code ?? String(thrown)})`);
  });
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw unusable(named, path, 'holds no certificate in PEM');
  return text;
}

const unusable = (named: string, path: string, what: string): SluiceError =>
  new SluiceError('invalid-input', `${named} names ${path}, which ${what}. Name the PEM of an authority.`, {
    next: 'ask-human',
  });
