import { readFile } from 'node:fs/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { takeHead } from '@sluice/core/ledger/witness.ts';
import { SHA256_TREE } from '@sluice/protocol/ledger/sha256-tree.ts';
import {
  type HeadOffer,
  isSignedBy,
  type Witnessed,
  witnessedSchema,
} from '@sluice/protocol/ledger/signed-head.ts';
import { z } from 'zod';
import type { Log } from '../log.ts';
import { writeAtomically } from './write-atomically.ts';

/** Tenants whose heads are kept; more than that is no ledger of ours. */
const MOST_TENANTS = 10_000;

const fileSchema = z.record(z.string(), witnessedSchema);

/** What a host keeps as a witness of the ledger: the last head of each tenant, and what contradicted it. */
export interface HeadKeeper {
  last(tenant: string): Witnessed;
  /** Keeps the head if it continues the last one; answers what is kept. */
  offer(offer: HeadOffer): Promise<Witnessed>;
}

/**
 * Opens the heads that are kept in a file. One that cannot be read is a contradiction for every tenant until a person removes
 * it: to begin anew in silence would let anybody in by damaging it.
 */
export async function openHeadKeeper(path: string, log: Log): Promise<HeadKeeper> {
  const read = await readHeads(path);
  if (typeof read === 'string') log('error', 'the heads of the ledger cannot be read', { path, fault: read });
  const damaged = typeof read === 'string' ? `${path} cannot be read (${read})` : null;
  const kept = new Map(typeof read === 'string' ? [] : Object.entries(read));
  let turn: Promise<unknown> = Promise.resolve();
  const last = (tenant: string): Witnessed => kept.get(tenant) ?? { head: null, contradiction: damaged };
  const take = async (offer: HeadOffer): Promise<Witnessed> => {
    const { tenant } = offer.head;
    const before = last(tenant);
    const isSigned = isSignedBy(offer.publicKey, offer.head);
    const now = takeHead(SHA256_TREE, before, { ...offer, isSigned });
    if (damaged !== null || now === before || (before.head === null && kept.size >= MOST_TENANTS))
      return before;
    if (now.contradiction !== null && now.contradiction !== before.contradiction)
      log('error', 'the ledger of the control plane was tampered with', {
        tenant,
        problem: now.contradiction,
      });
    kept.set(tenant, now);
    await writeAtomically(path, `${JSON.stringify(Object.fromEntries(kept))}\n`);
    return now;
  };
  return {
    last,
    offer: (offer) => {
      const taken = turn.then(() => take(offer));
      turn = taken.catch(() => undefined);
      return taken;
    },
  };
}

async function readHeads(path: string): Promise<Readonly<Record<string, Witnessed>> | string> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return {};
    if (thrown instanceof z.ZodError) return 'it holds something else';
    return SluiceError.from(thrown, 'reading').message;
  }
}
