/**
 * Purpose: keys for keys in a file of the control plane's machine, which only its owner reads.
 *
 * 1. One key on each line, base64, the newest first. 2. The file is replaced as a whole, and read anew when a key is asked for
 * that is not known: another server, or a person, may have renewed it. 3. A file that others may read is refused.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { openSealed, sealValue, SEALING_KEY_BYTES } from '@sluice/protocol/process/sealed-value.ts';
import type { KeyEncryption } from './key-encryption.ts';

/** Keys that a file may hold. */
const MOST_KEYS = 50;

interface Key {
  readonly id: string;
  readonly bytes: Buffer;
}

/** Keys of a file; it is made, with one key, when it is first needed. */
export function keyFile(path: string): KeyEncryption {
  let known: readonly Key[] = [];
  const read = async (): Promise<readonly Key[]> => {
    known = await keysIn(path);
    return known;
  };
  const newest = async (): Promise<Key> => {
    const [first] = (await read()).length > 0 ? known : await make();
    if (first) return first;
    throw broken(path, 'holds no key');
  };
  const make = async (): Promise<readonly Key[]> => {
    await mkdir(dirname(path), { recursive: true });
    await writeKeys(path, [newKey()], 'new');
    return read();
  };
  const named = async (id: string): Promise<Key> => {
    const found = known.find((key) => key.id === id) ?? (await read()).find((key) => key.id === id);
    if (found) return found;
    throw new SluiceError(
      'not-found',
      `it is sealed with the key ${id}, which is not in ${path}; put the file of keys of the other servers there`,
      { next: 'ask-human' },
    );
  };
  return {
    newest: async () => (await newest()).id,
    wrap: async (dataKey, place) => {
      const { id, bytes } = await newest();
      return { keyId: id, wrapped: sealValue(bytes, place, dataKey) };
    },
    unwrap: async ({ keyId, wrapped }, place) => {
      const opened = openSealed((await named(keyId)).bytes, place, wrapped);
      if (opened) return opened;
      throw new SluiceError(
        'invalid-input',
        'its key does not open: it was altered, or moved from another place',
        {
          next: 'ask-human',
        },
      );
    },
    renew: () =>
      alone(path, async () => {
        const key = newKey();
        const before = await read();
        if (before.length >= MOST_KEYS)
          throw broken(
            path,
            `holds ${before.length} keys; remove the lines of those that seal nothing any more`,
          );
        await writeKeys(path, [key, ...before], 'replace');
        await read();
        return key.id;
      }),
  };
}

/** A key that another renewal writes over would take what it has sealed with it, so only one is at work. */
async function alone<Value>(path: string, act: () => Promise<Value>): Promise<Value> {
  const lock = `${path}.lock`;
  const held = await open(lock, 'wx', 0o600).catch((thrown: NodeJS.ErrnoException) => {
    throw thrown.code === 'EEXIST'
      ? broken(path, `is being renewed by another; if nobody is at it, remove ${lock}`)
      : broken(path, `cannot be renewed (${thrown.code ?? 'unwritable'})`);
  });
  try {
    return await act();
  } finally {
    await held.close();
    await rm(lock, { force: true });
  }
}

function newKey(): Key {
  const bytes = randomBytes(SEALING_KEY_BYTES);
  return { id: idOf(bytes), bytes };
}

/** A digest of a key of 256 random bits says nothing of it. */
const idOf = (bytes: Buffer): string =>
  createHash('sha256').update('sluice secrets key').update(bytes).digest('hex').slice(0, 16);

async function keysIn(path: string): Promise<readonly Key[]> {
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return '';
    throw broken(path, `cannot be read (${thrown.code ?? 'unreadable'})`);
  });
  if (text === '') return [];
  if (((await stat(path)).mode & 0o077) !== 0)
    throw broken(path, 'can be read by others than its owner; `chmod 600` it');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const bytes = Buffer.from(line.trim(), 'base64');
      if (bytes.length !== SEALING_KEY_BYTES)
        throw broken(path, `holds a line that is no key of ${SEALING_KEY_BYTES} bytes in base64`);
      return { id: idOf(bytes), bytes };
    });
}

const broken = (path: string, what: string): SluiceError =>
  new SluiceError('invalid-input', `the file of keys ${path} ${what}`, { next: 'ask-human' });

/** Whole or not at all; of several servers that make the first one at once, one has made it. */
async function writeKeys(path: string, keys: readonly Key[], how: 'new' | 'replace'): Promise<void> {
  const unfinished = `${path}.${randomUUID()}.unfinished`;
  const file = await open(unfinished, 'wx', 0o600);
  try {
    await file.writeFile(keys.map(({ bytes }) => `${bytes.toString('base64')}\n`).join(''));
    await file.sync();
  } finally {
    await file.close();
  }
  if (how === 'replace') {
    await rename(unfinished, path);
    return syncFolder(dirname(path));
  }
  await link(unfinished, path).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EEXIST') throw thrown;
  });
  await rm(unfinished, { force: true });
  await syncFolder(dirname(path));
}

/** Without it a power cut may bring the old file back, and what was sealed since would be lost. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
