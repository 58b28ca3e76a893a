import type { Logger } from 'pino';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Database } from '../store/database/open-database.ts';
import { deleteOldTrafficHours, sumTrafficHours } from '../store/gates/traffic-hours.ts';
import { deleteOldDeliveries } from '../store/notify/deliveries.ts';
import { deleteOldHookFirings } from '../store/hooks/hook-firings.ts';
import { acquireLease } from '../store/leases/leases.ts';
import { expireEntries, listRules } from '../store/ledger/ledger-retention.ts';
import { thinOutHeads } from '../store/ledger/signed-heads.ts';
import {
  deleteExcessEffects,
  deleteExcessEvents,
  deleteExcessRollouts,
  deleteOldEffects,
  deleteOldEvents,
  deleteOldIdempotencyKeys,
  deleteOldTraffic,
  deleteUnusedRevisions,
} from '../store/retention/retention.ts';
import { deleteDeadLines } from '../store/tasks/move-tasks.ts';
import { deleteFullBuckets } from '../store/tasks/limits-room.ts';
import { deleteIdleFlows, deleteOldOutcomes, deleteOldTasks } from '../store/tasks/prune-tasks.ts';
import { deleteOldToolCalls } from '../store/tools/tool-calls.ts';
import { deleteEmptyScopes, forgetExpired } from '../store/memory/prune-memory.ts';
import { deleteBrokenUploads, deleteOldUses, deleteUnusedPayloads } from '../store/payloads/payloads.ts';
import { deleteOldCheckpoints } from '../store/tasks/task-checkpoints.ts';
import { deleteOldTaskEvents } from '../store/tasks/task-events.ts';
import { deleteExpiredMessages, deleteIdleMailboxes } from '../store/workflows/agent-messages.ts';
import { deleteOldWorkflows } from '../store/workflows/prune-workflows.ts';

/** What is kept, and for how long. The ledger is kept for ever, unless its tenant says that contents of entries expire. */
export const RETENTION = {
  eventsMs: 90 * 86_400_000,
  eventsPerTrack: 10_000,
  rolloutsPerTrack: 500,
  effectsMs: 14 * 86_400_000,
  effectsPerTrack: 5_000,
  trafficMs: 25 * 3_600_000,
  trafficHoursMs: 92 * 86_400_000,
  idempotencyKeysMs: 25 * 3_600_000,
  revisionsMs: 7 * 86_400_000,
  tasksMs: 30 * 86_400_000,
  workflowsMs: 30 * 86_400_000,
  taskEventsMs: 7 * 86_400_000,
  payloadsMs: 86_400_000,
  checkpointsMs: 86_400_000,
  outcomesMs: 25 * 3_600_000,
  toolCallsMs: 30 * 86_400_000,
  hookFiringsMs: 30 * 86_400_000,
  /** Every signed head; of older ones the last of each hour. */
  headsMs: 86_400_000,
  deliveriesMs: 30 * 86_400_000,
} as const;

/** Rows removed at once, so that nothing else waits for long. */
const BATCH = 1000;
/** As few, because each may have 10,000 tasks. */
const WORKFLOWS = 10;
const EVERY_MS = 600_000;
/** Longer than one round takes; a replica that dies in the middle is replaced after it. */
const LEASE_MS = 900_000;

/** Removes what is older than its retention, in one replica at a time, until the signal. */
export async function retentionDuty(duty: {
  readonly db: Database;
  readonly holder: string;
  readonly now: () => Instant;
  readonly log: Logger;
  /** Deletes copies of source folders that no stored revision uses. */
  readonly pruneBundles: () => Promise<void>;
  readonly wait: (ms: number) => Promise<void>;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { db, holder, log, signal } = duty;
  while (!signal.aborted) {
    try {
      const mine = await acquireLease(db, { name: 'retention', holder, durationMs: LEASE_MS });
      if (mine) await removeOld(db, duty.now());
      if (mine) await duty.pruneBundles();
    } catch (thrown) {
      log.warn({ reason: SluiceError.from(thrown, 'removing what is old').message }, 'retention failed');
    }
    await duty.wait(EVERY_MS);
  }
}

/** One round over everything that grows. */
async function removeOld(db: Database, now: Instant): Promise<void> {
  const age = (ms: number) => ({ before: now - ms, limit: BATCH });
  await drain(() => deleteOldEvents(db, age(RETENTION.eventsMs)));
  await drain(() => deleteExcessEvents(db, { keepPerTrack: RETENTION.eventsPerTrack, limit: BATCH }));
  await drain(() => deleteOldEffects(db, age(RETENTION.effectsMs)));
  await drain(() => deleteExcessEffects(db, { keepPerTrack: RETENTION.effectsPerTrack, limit: BATCH }));
  await sumTrafficHours(db);
  await drain(() => deleteOldTrafficHours(db, age(RETENTION.trafficHoursMs)));
  await drain(() => deleteOldTraffic(db, age(RETENTION.trafficMs)));
  await drain(() => deleteOldIdempotencyKeys(db, age(RETENTION.idempotencyKeysMs)));
  await drain(() => deleteExcessRollouts(db, { keepPerTrack: RETENTION.rolloutsPerTrack, limit: BATCH }));
  await drain(() => deleteUnusedRevisions(db, age(RETENTION.revisionsMs)));
  await drain(() => deleteOldTasks(db, age(RETENTION.tasksMs)));
  await drain(() => deleteOldTaskEvents(db, age(RETENTION.taskEventsMs)));
  await drain(() => deleteOldCheckpoints(db, age(RETENTION.checkpointsMs)));
  await drain(() => forgetExpired(db, BATCH));
  await drain(() => deleteEmptyScopes(db, BATCH));
  await drain(() => deleteOldUses(db, age(RETENTION.payloadsMs)));
  await drain(() => deleteUnusedPayloads(db, age(RETENTION.payloadsMs)));
  await drain(() => deleteBrokenUploads(db, age(RETENTION.payloadsMs)));
  await drain(() => deleteOldOutcomes(db, age(RETENTION.outcomesMs)));
  await drain(() => deleteIdleFlows(db, BATCH));
  await drain(() => deleteFullBuckets(db, BATCH));
  await drain(() => deleteDeadLines(db, BATCH));
  await drain(() => deleteExpiredMessages(db, BATCH));
  await drain(() => deleteIdleMailboxes(db, BATCH));
  const workflows = { ...age(RETENTION.workflowsMs), limit: WORKFLOWS };
  await drain(() => deleteOldWorkflows(db, workflows), WORKFLOWS);
  await drain(() => deleteOldToolCalls(db, age(RETENTION.toolCallsMs)));
  await drain(() => deleteOldHookFirings(db, age(RETENTION.hookFiringsMs)));
  await drain(() => thinOutHeads(db, age(RETENTION.headsMs)));
  for (const { tenant, keptMs } of await listRules(db))
    await drain(() => expireEntries(db, tenant, { ...age(keptMs), at: now }));
  await drain(() => deleteOldDeliveries(db, age(RETENTION.deliveriesMs)));
}

async function drain(remove: () => Promise<number>, batch = BATCH): Promise<void> {
  while ((await remove()) >= batch);
}
