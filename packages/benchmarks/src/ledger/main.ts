/**
 * The ledger: appends per second, beside the chain that it was before, and the time and memory to verify a million entries.
 *
 *   node packages/benchmarks/src/ledger/main.ts [--rounds 5] [--seconds 3] [--entries 1000000] [--raised] [--results FOLDER]
 *
 * Writes ledger.md. Ends with 1 when a goal is missed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { assert } from '@sluice/core/kernel/assert.ts';
import { sql } from 'kysely';
import { exportLines } from '@sluice/server/ledger/export-ledger.ts';
import { proveConsistency, proveInclusion } from '@sluice/server/ledger/prove.ts';
import { type Database, openDatabase } from '@sluice/server/store/database/open-database.ts';
import { startEmbeddedPostgres } from '@sluice/server/store/embedded/start-embedded-postgres.ts';
import { appendLedger } from '@sluice/server/store/journal/append-journal.ts';
import type { NewLedgerEntry } from '@sluice/server/store/ledger/grow-ledger.ts';
import { verifyLedger } from '@sluice/server/store/ledger/verify-ledger.ts';
import { migrate } from '@sluice/server/store/migrations/migrate.ts';
import { table } from '../judge/report.ts';
import { loadAverage } from '../machine-shape.ts';
import { median } from '../median.ts';
import { raisePriority } from '../raise-priority.ts';
import { type GoalLine, goalWords, RESULTS, writeResultFile } from '../result-file.ts';
import { appendChain, openChain } from './chain-before.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    entries: { type: 'string', default: '1000000' },
    raised: { type: 'boolean', default: false },
    results: { type: 'string', default: RESULTS },
  },
});

const CLI = fileURLToPath(new URL('../../../cli/src/main.ts', import.meta.url));
const BATCH = 1_000;
const WRITERS = [1, 16] as const;

/** An entry as a step of a rollout makes it. */
const entryOf = (at: number): NewLedgerEntry => ({
  ...{ at: 1_795_262_400_000 + at, actor: 'engine', action: 'stepFinished', subject: `ro-${at % 500}` },
  detail: { track: 'storefront/production/web', words: `step ${at % 9} done: 12,000 requests, no worse` },
});

type Append = (db: Database, tenant: string, entry: NewLedgerEntry) => Promise<void>;
const KINDS: Readonly<Record<'chain' | 'tree', Append>> = {
  chain: appendChain,
  tree: (db, tenant, entry) => appendLedger(db, tenant, [entry]),
};
type Kind = keyof typeof KINDS;

/** Appends for a while, each in a transaction of its own; gives how many per second. */
async function appendsPerSecond(db: Database, kind: Kind, writers: number): Promise<number> {
  const began = performance.now();
  const until = began + Number(values.seconds) * 1000;
  let appended = 0;
  const write = async (): Promise<void> => {
    while (performance.now() < until) {
      await db
        .transaction()
        .execute((transaction) => KINDS[kind](transaction, `bench-${kind}`, entryOf(appended)));
      appended++;
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
  return (appended * 1000) / (performance.now() - began);
}

interface AppendRow {
  readonly writers: number;
  readonly chain: number;
  readonly tree: number;
  /** Median of the quotients within each round. */
  readonly ratio: number;
}

/** Chain and tree take turns within each round, so that whatever else the machine does meets both. */
async function measureAppends(db: Database): Promise<readonly AppendRow[]> {
  const rows: AppendRow[] = [];
  for (const writers of WRITERS) {
    const rounds: { readonly chain: number; readonly tree: number }[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      const chain = await appendsPerSecond(db, 'chain', writers);
      rounds.push({ chain, tree: await appendsPerSecond(db, 'tree', writers) });
    }
    rows.push({
      writers,
      chain: median(rounds.map(({ chain }) => chain)),
      tree: median(rounds.map(({ tree }) => tree)),
      ratio: median(rounds.map(({ chain, tree }) => tree / chain)),
    });
    process.stdout.write(`${rows.at(-1)?.writers} writers: ${JSON.stringify(rows.at(-1))}\n`);
  }
  return rows;
}

interface Timing {
  readonly seconds: number;
  /** How much the memory of the process grew at most, in MiB. */
  readonly grewMiB: number;
}

/** Measures how long work takes and by how much the process grows. */
async function timed(work: () => Promise<unknown>): Promise<Timing> {
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 50);
  const began = performance.now();
  await work();
  clearInterval(watch);
  return { seconds: (performance.now() - began) / 1000, grewMiB: (most - before) / (1 << 20) };
}

const TENANT = 'bench-million';

async function fill(db: Database, count: number): Promise<void> {
  for (let at = 0; at < count; at += BATCH) {
    const entries = Array.from({ length: Math.min(BATCH, count - at) }, (_, index) => entryOf(at + index));
    await db.transaction().execute((transaction) => appendLedger(transaction, TENANT, entries));
  }
  // As autovacuum does by itself a minute later: without figures of a table PostgreSQL sorts it for each portion.
  await sql`analyze ledger`.execute(db);
}

/** As an auditor does it: the command line in a process of its own. */
async function verifiedOffline(path: string): Promise<Timing> {
  const began = performance.now();
  const child = spawn(process.execPath, [CLI, 'audit', 'verify', '--file', path], { stdio: 'ignore' });
  let mostKiB = 0;
  const watch = setInterval(() => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    mostKiB = Math.max(mostKiB, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
  }, 100);
  const [code] = (await once(child, 'exit')) as [number];
  clearInterval(watch);
  assert(code === 0, 'the export verifies');
  return { seconds: (performance.now() - began) / 1000, grewMiB: mostKiB / 1024 };
}

async function measureVerification(db: Database, folder: string) {
  const count = Number(values.entries);
  await fill(db, count);
  const online = await timed(async () => {
    const { fault, entries } = await verifyLedger(db, TENANT);
    assert(fault === null && entries === count, 'the ledger verifies');
  });
  process.stdout.write(`online: ${JSON.stringify(online)}\n`);
  const path = join(folder, 'ledger.jsonl');
  const exporting = await timed(async () => {
    const file = await open(path, 'w');
    const parts = { db, tenant: TENANT, now: Date.now, version: '0' };
    for await (const piece of exportLines(parts, {}, 'jsonl')) await file.write(piece);
    await file.close();
  });
  const offline = await verifiedOffline(path);
  process.stdout.write(`offline: ${JSON.stringify(offline)}\n`);
  const proofs: number[] = [];
  for (let round = 0; round < 200; round++) {
    const began = performance.now();
    await proveInclusion(db, TENANT, { sequence: 1 + ((round * 7_919) % count), size: count });
    proofs.push(performance.now() - began);
  }
  const consistency: number[] = [];
  for (let round = 0; round < 200; round++) {
    const began = performance.now();
    await proveConsistency(db, TENANT, { from: 1 + ((round * 7_919) % count), to: count });
    consistency.push(performance.now() - began);
  }
  const bytes = (await stat(path)).size;
  return {
    online,
    offline,
    exporting,
    bytes,
    inclusionMs: median(proofs),
    consistencyMs: median(consistency),
  };
}

async function main(): Promise<void> {
  const loadBefore = loadAverage();
  const isRaised = values.raised && raisePriority();
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-ledger-'));
  const postgres = await startEmbeddedPostgres({ directory: join(folder, 'postgres') });
  const db = openDatabase(postgres.connectionString, { maxConnections: 20 });
  try {
    await migrate(db);
    await openChain(db);
    const appends = await measureAppends(db);
    publish({ appends, verified: await measureVerification(db, folder), loadBefore, isRaised });
  } finally {
    await db.destroy();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const perSecond = (value: number): string => Math.round(value).toLocaleString('en');

function publish(found: {
  readonly appends: readonly AppendRow[];
  readonly verified: Awaited<ReturnType<typeof measureVerification>>;
  readonly loadBefore: string;
  readonly isRaised: boolean;
}): void {
  const { appends, verified } = found;
  const { online, offline, exporting, bytes, inclusionMs, consistencyMs } = verified;
  const count = Number(values.entries).toLocaleString('en');
  const goals: GoalLine[] = [
    ...appends.map(({ writers, ratio }) => ({
      goal: `with ${writers} ${writers === 1 ? 'writer' : 'writers'} at least 80 % of the appends of the chain`,
      measured: `${(ratio * 100).toFixed(0)} %`,
      met: ratio >= 0.8,
    })),
    ...[['online', online] as const, ['offline', offline] as const].map(([way, { seconds }]) => ({
      goal: `${count} entries are verified ${way} within 30 s`,
      measured: `${seconds.toFixed(1)} s`,
      met: seconds < 30,
    })),
  ];
  const { rounds, seconds, entries } = values;
  const path = writeResultFile(values.results, 'ledger.md', {
    title: 'The ledger: appends, proofs and verification',
    method: [
      'Appends: each in a transaction of its own over the embedded PostgreSQL as it ships (commits reach the disk), all of one tenant, so that they take turns. The chain of hashes that the ledger was before lies in a table of its own without the indexes that reports want, and takes turns with the tree within each round; the ratio is the median of the quotients.',
      `Verification: every entry is read, made into canonical JSON and hashed, and the tree over all is computed; online from PostgreSQL after it was analysed, offline from an export in JSON Lines (${(bytes / 1e6).toFixed(0)} MB), which is read twice. Memory is how much the process grew at most; offline it is the whole of the process, the command line as an auditor starts it. Proofs are medians of 200, over places spread through the ledger.`,
      ...(found.isRaised
        ? ['Other work was running on the machine; the processes measured here ran with raised priority.']
        : []),
    ],
    again: `node packages/benchmarks/src/ledger/main.ts --rounds ${rounds} --seconds ${seconds} --entries ${entries}${values.raised ? ' --raised' : ''}`,
    loadBefore: found.loadBefore,
    goals,
    sections: [
      {
        title: 'Appends per second',
        text: table(
          ['writers', 'chain', 'tree', 'tree to chain'],
          appends.map(({ writers, chain, tree, ratio }) => [
            ...[String(writers), perSecond(chain), perSecond(tree)],
            `${(ratio * 100).toFixed(0)} %`,
          ]),
        ),
      },
      {
        title: `${count} entries`,
        text: table(
          ['what', 'time', 'memory'],
          [
            ['verify online', `${online.seconds.toFixed(1)} s`, `${online.grewMiB.toFixed(0)} MiB`],
            ['export', `${exporting.seconds.toFixed(1)} s`, `${exporting.grewMiB.toFixed(0)} MiB`],
            ['verify offline', `${offline.seconds.toFixed(1)} s`, `${offline.grewMiB.toFixed(0)} MiB`],
            ['proof of inclusion', `${inclusionMs.toFixed(1)} ms`, ''],
            ['proof of consistency', `${consistencyMs.toFixed(1)} ms`, ''],
          ],
        ),
      },
    ],
  });
  process.stdout.write(`${goals.map(goalWords).join('\n')}\nwritten: ${path}\n`);
  if (!goals.every(({ met }) => met)) process.exitCode = 1;
}

await main();
