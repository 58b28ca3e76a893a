import type { Database } from '../store/database/open-database.ts';
import { acquireLease } from '../store/leases/leases.ts';
import { measureLoad } from '../store/pools/measure-load.ts';
import { forgetPlans, listPlans, notePlanApplied, putPlans } from '../store/pools/pool-plans.ts';
import { listRosters, putRosters } from '../store/pools/pool-rosters.ts';
import { poolRow } from './pool-plan.ts';
import type { PoolRecords } from './pool-ports.ts';

/** Another server takes over when nothing was heard of the one that decides for so long, in ms. */
const LEAD_MS = 5_000;
/** A server writes its roster each second; one that has not for so long has nobody, in ms. */
const ROSTER_MS = 5_000;

/** Pools as they are kept in PostgreSQL. */
export const postgresPoolRecords = (db: Database, tenant: string, holder: string): PoolRecords => ({
  plans: async () => (await listPlans(db, tenant)).map(poolRow),
  put: (plans) => putPlans(db, tenant, plans),
  applied: (plan) => notePlanApplied(db, tenant, plan),
  forget: (plans) => forgetPlans(db, tenant, plans),
  putRosters: (rosters) => putRosters(db, tenant, holder, rosters),
  rosters: () => listRosters(db, tenant, ROSTER_MS),
  load: (queues) => measureLoad(db, tenant, queues),
  lead: (what) => acquireLease(db, { name: `pools ${tenant} ${what}`, holder, durationMs: LEAD_MS }),
});
