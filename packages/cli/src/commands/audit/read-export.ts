import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { ExportWalk, type ExportVerdict, type NamedRoot } from '@sluice/core/ledger/export-walk.ts';
import { sha256, SHA256_TREE } from '@sluice/protocol/ledger/sha256-tree.ts';
import { isSignedBy, type SignedHead, signedHeadSchema } from '@sluice/protocol/ledger/signed-head.ts';
import { z } from 'zod';

/** What vouches for an export from outside of it. */
export interface Vouchers {
  /** PEM of keys that may sign; those of the export when there are none. */
  readonly keys: readonly string[];
  /** Heads that somebody has kept. */
  readonly heads: readonly SignedHead[];
}

/** What was found in a file. */
export interface FileVerdict extends ExportVerdict {
  /** Heads that no key signed that may. */
  readonly badSignatures: readonly string[];
  /** Whether all that vouches for the export stands in the export itself. */
  readonly isAlone: boolean;
}

const keyLineSchema = z.object({ kind: z.literal('key'), publicKey: z.string() });
const headLineSchema = signedHeadSchema.extend({ kind: z.literal('head') });

/**
 * Verifies an export without any server: reads it twice, first for the heads at its end, then entry by entry.
 * @throws when the file cannot be read
 */
export async function verifyFile(path: string, vouchers: Vouchers): Promise<FileVerdict> {
  const own = await headsIn(path);
  const keys = vouchers.keys.length > 0 ? vouchers.keys : own.keys;
  const heads = [...own.heads, ...vouchers.heads];
  const isSigned = (head: SignedHead): boolean => keys.some((key) => isSignedBy(key, head));
  const badSignatures = heads
    .filter((head) => !isSigned(head))
    .map(({ size, keyId }) => `the head of ${size} entries, which names the key ${keyId}`);
  const walk = new ExportWalk({ ...SHA256_TREE, text: sha256 }, heads.filter(isSigned).map(named));
  for await (const line of linesOf(path)) {
    walk.add(jsonOf(line));
    if (walk.fault !== null) break;
  }
  const isAlone = vouchers.keys.length === 0 && vouchers.heads.length === 0;
  return { ...walk.end(), badSignatures, isAlone };
}

const named = (head: SignedHead): NamedRoot => ({
  ...head,
  from: `the head that ${head.keyId} signed at ${new Date(head.at).toISOString()}`,
});

async function headsIn(path: string): Promise<{ keys: readonly string[]; heads: readonly SignedHead[] }> {
  const keys: string[] = [];
  const heads: SignedHead[] = [];
  for await (const line of linesOf(path)) {
    // Entries are many: only what may be a head or a key is read here.
    if (!line.includes('"kind":"head"') && !line.includes('"kind":"key"')) continue;
    const value = jsonOf(line);
    const head = headLineSchema.safeParse(value);
    if (head.success) heads.push(signedHeadSchema.parse(value));
    const key = keyLineSchema.safeParse(value);
    if (key.success) keys.push(key.data.publicKey);
  }
  return { keys, heads };
}

const linesOf = (path: string): AsyncIterable<string> =>
  createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
