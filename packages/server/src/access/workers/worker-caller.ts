import { type Caller, workerSubject } from '@sluice/core/access/caller.ts';
import { ROLES } from '@sluice/core/access/roles.ts';
import { projectOf } from '../../store/access/grants.ts';
import type { Database } from '../../store/database/open-database.ts';

/**
 * A worker of a track, however it has shown that it is one: it serves the tasks of that track alone, and may give tasks and
 * messages to agents of the same project and environment.
 */
export async function workerCaller(db: Database, tenant: string, track: string): Promise<Caller> {
  const [application = '', environment = ''] = track.split('/');
  const project = await projectOf(db, tenant, application);
  const grant = { role: 'worker', permissions: ROLES.worker, project, environment };
  return { tenant, subject: workerSubject(track), name: track, groups: [], grants: [grant], track };
}
