import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { type Witnessed, witnessedSchema } from '@sluice/protocol/ledger/signed-head.ts';
import { z } from 'zod';

const FILE = 'ledger-heads.json';
const fileSchema = z.record(z.string(), witnessedSchema);

/** The last head of each tenant as this server itself remembers it, outside of the database. */
export interface KeptHeads {
  last(tenant: string): Witnessed;
  keep(tenant: string, witnessed: Witnessed): Promise<void>;
}

const NOTHING: Witnessed = { head: null, contradiction: null };

/**
 * Opens what this server remembers, in its state directory. A file that is damaged is refused: to begin anew is a decision of
 * a person, who removes it.
 * @throws SluiceError `invalid-reply` for a damaged file
 */
export async function openKeptHeads(directory: string): Promise<KeptHeads> {
  const path = join(directory, FILE);
  const kept = new Map(Object.entries(await readKept(path)));
  let writing = Promise.resolve();
  return {
    last: (tenant) => kept.get(tenant) ?? NOTHING,
    keep: (tenant, witnessed) => {
      kept.set(tenant, witnessed);
      const text = `${JSON.stringify(Object.fromEntries(kept))}\n`;
      writing = writing.catch(() => undefined).then(() => write(path, text));
      return writing;
    },
  };
}

async function write(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
}

async function readKept(path: string): Promise<Readonly<Record<string, Witnessed>>> {
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return '{}';
    throw SluiceError.from(thrown, `Reading the heads of the ledger in ${path}`);
  });
  const parsed = fileSchema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new SluiceError(
    'invalid-reply',
    `Reading the heads of the ledger failed: ${path} is damaged. Remove it to begin anew; the ledger itself is not in it.`,
    { next: 'ask-human' },
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
