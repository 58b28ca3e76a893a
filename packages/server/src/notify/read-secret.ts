import { open, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ReadSecret } from './channel.ts';

/** Only variables that begin so are given to channels: the server's environment holds more than what is meant for them. */
export const SECRET_VARIABLES = 'SLUICE_CHANNEL_';
/** Longer files are no secrets, in bytes. */
const MOST_BYTES = 65_536;

/** Where secrets of channels may lie. */
export interface SecretPlaces {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Files are read from below this folder alone. */
  readonly directory: string;
  /** Reads what is kept encrypted; rejects with a `SluiceError` when there is none of the name. Left out where nothing is kept. */
  readonly stored?: ((name: string) => Promise<string>) | undefined;
}

/**
 * Reads secrets for channels. Somebody who may add channels chooses where the value is sent, and so must not choose it freely: only
 * what was put there for channels can be referred to.
 */
export function secretReader({ environment, directory, stored }: SecretPlaces): ReadSecret {
  return async (reference) => {
    if ('env' in reference) {
      if (!reference.env.startsWith(SECRET_VARIABLES))
        throw missing(
          `the variable ${reference.env} is not read for channels: their variables begin with ${SECRET_VARIABLES}`,
        );
      return present(
        environment[reference.env],
        `the variable ${reference.env} is not set in the server's environment`,
      );
    }
    if ('file' in reference) return readBelow(directory, reference.file);
    if (!stored) throw missing(`no secret ${reference.secret} is kept`);
    return stored(reference.secret).catch((thrown: unknown) => {
      throw missing(SluiceError.from(thrown, `reading the secret ${reference.secret}`).message);
    });
  };
}

/** A file below the folder, also when links are followed. */
async function readBelow(directory: string, file: string): Promise<string> {
  const folder = await realpath(directory).catch(() => directory);
  const path = await realpath(file).catch(() => null);
  if (path === null || !path.startsWith(folder + sep))
    throw missing(
      `the file ${file} is none that channels may read: put it into the folder of secrets of the server`,
    );
  const handle = await open(path, 'r').catch(() => null);
  if (handle === null) throw missing(`the file ${file} cannot be read`);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0);
    return present(buffer.toString('utf8', 0, bytesRead), `the file ${file} is empty`);
  } finally {
    await handle.close();
  }
}

function present(value: string | null | undefined, otherwise: string): string {
  const text = value?.trim();
  if (text) return text;
  throw missing(otherwise);
}

/** What is missing now may be there in a while: a file that is mounted late, a secret that is set next. */
const missing = (message: string): SluiceError => new SluiceError('not-found', message, { next: 'retry' });
