import { SluiceError } from '@sluice/core/kernel/failure.ts';
import {
  EMPTY_FRONTIER,
  foldPeaks,
  growTree,
  type Subtree,
  TILE_LEVELS,
} from '@sluice/core/ledger/frontier.ts';
import { type LeafRange, subtreesOf } from '@sluice/core/ledger/proof-ranges.ts';
import { SHA256_TREE } from '@sluice/protocol/ledger/sha256-tree.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** Stored hashes that lie beside each other: leaves at level 0, else roots of complete subtrees of `2^level` leaves. */
interface Run {
  readonly level: number;
  readonly start: number;
  readonly count: number;
}

/**
 * The roots of ranges of leaves, as proofs want them: two round trips, whatever the size of the ledger.
 * @throws SluiceError `conflict` when stored hashes are missing
 */
export async function rangeHashes(
  db: Database,
  tenant: string,
  ranges: readonly LeafRange[],
): Promise<readonly string[]> {
  const subtrees = ranges.map(subtreesOf);
  const runs = subtrees.flat().map(runOf);
  const [leaves, nodes] = await Promise.all([readLeaves(db, tenant, runs), readNodes(db, tenant, runs)]);
  const hashes = runs.map((run, at) => {
    const found = (run.level === 0 ? leaves : nodes).get(at + 1) ?? [];
    if (found.length !== run.count) throw missing(run);
    return growTree(SHA256_TREE, EMPTY_FRONTIER, found).frontier.peaks[0] as string;
  });
  let at = 0;
  return subtrees.map((parts) => foldPeaks(SHA256_TREE, hashes.slice(at, (at += parts.length))));
}

/** What is stored below a subtree, or instead of it. */
function runOf({ level, index }: Subtree): Run {
  const stored = level - (level % TILE_LEVELS);
  const count = 2 ** (level - stored);
  return { level: stored, start: index * count, count };
}

type Found = ReadonlyMap<number, readonly string[]>;

async function readLeaves(db: Database, tenant: string, runs: readonly Run[]): Promise<Found> {
  const { places, starts, ends } = columnsOf(runs, (level) => level === 0);
  if (places.length === 0) return new Map();
  const { rows } = await sql<FoundHash>`select run.place, ledger.leaf_hash as hash
    from unnest(${places}::int[], ${starts}::bigint[], ${ends}::bigint[]) as run (place, first, beyond)
    join ledger on ledger.tenant = ${tenant} and ledger.sequence > run.first and ledger.sequence <= run.beyond
    where ledger.leaf_hash is not null
    order by run.place, ledger.sequence`.execute(db);
  return gathered(rows);
}

async function readNodes(db: Database, tenant: string, runs: readonly Run[]): Promise<Found> {
  const { places, levels, starts, ends } = columnsOf(runs, (level) => level > 0);
  if (places.length === 0) return new Map();
  const { rows } = await sql<FoundHash>`select run.place, node.hash
    from unnest(${places}::int[], ${levels}::int[], ${starts}::bigint[], ${ends}::bigint[])
      as run (place, level, first, beyond)
    join ledger_nodes as node on node.tenant = ${tenant} and node.level = run.level
      and node.index >= run.first and node.index < run.beyond
    order by run.place, node.index`.execute(db);
  return gathered(rows);
}

interface FoundHash {
  readonly place: number;
  readonly hash: string;
}

function columnsOf(runs: readonly Run[], wanted: (level: number) => boolean) {
  const chosen = runs.map((run, at) => ({ ...run, place: at + 1 })).filter(({ level }) => wanted(level));
  return {
    places: chosen.map(({ place }) => place),
    levels: chosen.map(({ level }) => level),
    starts: chosen.map(({ start }) => start),
    ends: chosen.map(({ start, count }) => start + count),
  };
}

function gathered(rows: readonly FoundHash[]): Found {
  const found = new Map<number, string[]>();
  for (const { place, hash } of rows) {
    const hashes = found.get(place);
    if (hashes === undefined) found.set(place, [hash]);
    else hashes.push(hash);
  }
  return found;
}

function missing({ level, start, count }: Run): SluiceError {
  const [first, last] = [start * 2 ** level + 1, (start + count) * 2 ** level];
  return new SluiceError(
    'conflict',
    `Proving something of the ledger failed: hashes of the entries ${first} to ${last} are missing. Run \`sluice audit verify\`.`,
    { next: 'ask-human' },
  );
}
