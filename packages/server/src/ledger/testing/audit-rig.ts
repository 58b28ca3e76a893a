import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HeadOffer, Witnessed } from '@sluice/protocol/ledger/signed-head.ts';
import { judgeRoot } from '@sluice/core/ledger/witness.ts';
import { SHA256_TREE } from '@sluice/protocol/ledger/sha256-tree.ts';
import type { Database } from '../../store/database/open-database.ts';
import { appendLedger } from '../../store/journal/append-journal.ts';
import type { NewLedgerEntry } from '../../store/ledger/grow-ledger.ts';
import { NOON, TENANT } from '../../store/testing/track-fixtures.ts';
import { createLog } from '../../telemetry/log.ts';
import type { LedgerWitness } from '../ledger-witness.ts';
import { WorkerWitnesses } from '../worker-witnesses.ts';
import { type LedgerSeal, openAudit, openSeal, type RunningAudit } from '../open-audit.ts';

/** For tests: a witness in memory, with the rules of a real one. */
export interface MemoryWitness extends LedgerWitness {
  readonly kept: Map<string, Witnessed>;
  /** Answers nothing while it is true. */
  isAway: boolean;
}

/** For tests: opens a witness in memory. */
export function memoryWitness(): MemoryWitness {
  const kept = new Map<string, Witnessed>();
  const last = (tenant: string): Witnessed => kept.get(tenant) ?? { head: null, contradiction: null };
  const witness: MemoryWitness = {
    ...{ name: 'memory', kind: 'host', everyMs: 0, kept, isAway: false },
    last: async (tenant) => {
      if (witness.isAway) throw new Error('it is away');
      return last(tenant);
    },
    offer: async ({ head, from, proof }: HeadOffer) => {
      const before = last(head.tenant);
      const judgement = judgeRoot(SHA256_TREE, before.head, { root: head, from, proof });
      if (judgement.kind === 'kept') kept.set(head.tenant, { head, contradiction: null });
      if (judgement.kind === 'contradiction')
        kept.set(head.tenant, { head: before.head, contradiction: judgement.problem });
      return last(head.tenant);
    },
  };
  return witness;
}

/** For tests: the ledger of a tenant at work, with a state directory of its own. */
export interface AuditRig extends RunningAudit {
  readonly directory: string;
  readonly seal: LedgerSeal;
  readonly witness: MemoryWitness;
  readonly workers: WorkerWitnesses;
  /** What was logged as an error. */
  readonly shouted: () => readonly string[];
  /** Records acts, as one transaction. */
  record(...entries: readonly Partial<NewLedgerEntry>[]): Promise<void>;
}

/** For tests: opens the ledger, over the directory and with the workers of an earlier rig when they are given. */
export async function openAuditRig(
  db: Database,
  directory?: string,
  workers = new WorkerWitnesses(),
): Promise<AuditRig> {
  const folder = directory ?? (await mkdtemp(join(tmpdir(), 'sluice-audit-')));
  const witness = memoryWitness();
  const opened = await openSeal({ directory: folder, environment: {}, host: null, version: '0' });
  const seal = { ...opened, witnesses: [witness] };
  const lines: string[] = [];
  const log = createLog({ level: 'error', destination: { write: (line: string) => void lines.push(line) } });
  const ending = new AbortController();
  const audit = openAudit({ db, tenant: TENANT, seal, workers, log, now: Date.now, signal: ending.signal });
  return {
    ...{ directory: folder, seal, witness, workers, desk: audit.desk },
    shouted: () => lines.map((line) => (JSON.parse(line) as { msg: string }).msg),
    record: (...entries) =>
      db.transaction().execute((transaction) =>
        appendLedger(
          transaction,
          TENANT,
          entries.map((entry) => ({
            ...{ at: NOON, actor: 'person:ada', action: 'did', subject: 'ro-1', detail: {} },
            ...entry,
          })),
        ),
      ),
    close: async () => {
      ending.abort();
      await audit.close();
      if (directory === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}
