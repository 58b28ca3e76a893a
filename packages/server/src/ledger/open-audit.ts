import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Logger } from 'pino';
import type { HostClient } from '../host-client/host-client.ts';
import type { Database } from '../store/database/open-database.ts';
import { projectsOf } from '../store/gates/projects-of.ts';
import { type AuditDesk, auditDesk } from './audit-desk.ts';
import { gitWitness } from './git-witness.ts';
import { type HeadKeys, openHeadKeys } from './head-key.ts';
import { hostWitness } from './host-witness.ts';
import { type KeptHeads, openKeptHeads } from './kept-heads.ts';
import type { LedgerWitness } from './ledger-witness.ts';
import { startWitnessDuty } from './witness-duty.ts';
import type { WorkerWitnesses } from './worker-witnesses.ts';

/** Path or URL of a Git repository that witnesses the ledger. */
export const GIT_VARIABLE = 'SLUICE_LEDGER_GIT';

/** With what a server vouches for the ledgers of all tenants. */
export interface LedgerSeal {
  readonly keys: HeadKeys;
  readonly kept: KeptHeads;
  readonly witnesses: readonly LedgerWitness[];
  /** Of this build, for exports. */
  readonly version: string;
}

/** The ledger of a tenant at work. */
export interface RunningAudit {
  readonly desk: AuditDesk;
  close(): Promise<void>;
}

/**
 * Opens the key of this server, what it remembers, and its witnesses.
 * @throws SluiceError when the key cannot be used or what it remembers is damaged
 */
export async function openSeal(parts: {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly host: HostClient | null;
  readonly version: string;
}): Promise<LedgerSeal> {
  const { directory, environment, host, version } = parts;
  const repository = environment[GIT_VARIABLE] || undefined;
  return {
    keys: await openHeadKeys(directory, environment),
    kept: await openKeptHeads(directory),
    version,
    witnesses: [
      ...(host === null ? [] : [hostWitness(host)]),
      ...(repository === undefined ? [] : [gitWitness(repository, directory)]),
    ],
  };
}

/** Signs the heads of a tenant's ledger from now on, gives them to witnesses, and answers what is asked of it. */
export function openAudit(parts: {
  readonly db: Database;
  readonly tenant: string;
  readonly seal: LedgerSeal;
  /** The workers that are witnesses at the moment. */
  readonly workers: Pick<WorkerWitnesses, 'all'>;
  readonly log: Logger;
  readonly now: () => Instant;
  readonly signal: AbortSignal;
}): RunningAudit {
  const { db, tenant, seal, now } = parts;
  const signer = { db, tenant, keys: seal.keys, kept: seal.kept, now };
  const duty = startWitnessDuty({
    ...signer,
    witnesses: seal.witnesses,
    workers: parts.workers,
    log: parts.log,
    signal: parts.signal,
  });
  const desk = auditDesk({
    ...signer,
    duty,
    version: seal.version,
    projects: () => projectsOf(db, tenant),
  });
  return { desk, close: () => duty.stop() };
}
