/**
 * Purpose: projects, and which application is in which.
 *
 * Owns the tables `projects` and `applications`. An application that stands nowhere is in `default`.
 */
import type { Caller } from '@sluice/core/access/caller.ts';
import { decideAccess, ORGANISATION, placeOf } from '@sluice/core/access/decide-access.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok } from '@sluice/core/kernel/result.ts';
import type { ProjectView } from '@sluice/protocol/http/members.ts';
import { DEFAULT_PROJECT, projectOf } from '../store/access/grants.ts';
import {
  addProject,
  claimApplication,
  isProject,
  listProjects,
  placeApplication,
  placementOf,
  removeProject,
} from '../store/access/projects.ts';
import type { Database } from '../store/database/open-database.ts';
import {
  defaultProject,
  inOtherProject,
  mayNotBring,
  mayNotMove,
  projectInUse,
  unknownProject,
} from './project-refusals.ts';
import type { MemberRegistry } from './access-registry.ts';

type Projects = Pick<
  MemberRegistry,
  'projects' | 'addProject' | 'removeProject' | 'placeApplication' | 'settle'
>;

/** The projects of a tenant. */
export const storedProjects = (db: Database, tenant: string, now: () => Instant): Projects => {
  const entryOf = (caller: Caller, action: string, subject: string, detail: unknown) => ({
    ...{ at: now(), actor: caller.subject, action, subject, detail },
  });
  const shown = async (name: string): Promise<ProjectView> => {
    const all = await listProjects(db, tenant);
    return { name, applications: [...(all.find((project) => project.name === name)?.applications ?? [])] };
  };
  return {
    projects: async () =>
      (await listProjects(db, tenant)).map(({ name, applications }) => ({
        name,
        applications: [...applications],
      })),
    addProject: async (caller, name) => {
      if (name !== DEFAULT_PROJECT)
        await addProject(db, tenant, name, entryOf(caller, 'projectAdded', `project:${name}`, {}));
      return ok(await shown(name));
    },
    removeProject: async (caller, name) => {
      if (name === DEFAULT_PROJECT) return defaultProject();
      const entry = entryOf(caller, 'projectRemoved', `project:${name}`, {});
      const removed = await removeProject(db, tenant, name, entry);
      if (removed === 'unknown') return unknownProject(name);
      return removed === 'removed' ? ok({ name, applications: [] }) : projectInUse(name, removed);
    },
    placeApplication: async (caller, application, project) => {
      const from = await projectOf(db, tenant, application);
      const refused = refusedMove(caller, from, project);
      if (refused) return refused;
      const detail = { from, to: project };
      const entry = entryOf(caller, 'applicationMoved', `application:${application}`, detail);
      const isThere = await placeApplication(db, tenant, { application, project }, entry);
      return isThere ? ok(await shown(project)) : unknownProject(project);
    },
    settle: async (caller, { application, environment, project }) => {
      const present = await placementOf(db, tenant, application);
      if (present !== null && present !== project) {
        // Whoever may not release it is refused as for any other release, and told nothing of where to move it.
        const isTheirs = decideAccess(caller, 'delivery:release', placeOf(present, environment)).allowed;
        return isTheirs ? inOtherProject(application, present, project) : ok(null);
      }
      if (present !== null) return ok(null);
      if (!(await isProject(db, tenant, project))) return unknownProject(project);
      const decision = decideAccess(caller, 'delivery:release', placeOf(project, environment));
      if (!decision.allowed) return mayNotBring(application, decision.reason);
      const detail = { from: null, to: project };
      const entry = entryOf(caller, 'applicationMoved', `application:${application}`, detail);
      return ok({
        place: async () => {
          const found = await claimApplication(db, tenant, { application, project }, entry);
          return found === project ? ok(null) : inOtherProject(application, found, project);
        },
      });
    },
  };
};

/** Rights in both, so that nobody takes an application out of others' hands, nor puts theirs under others' windows. */
function refusedMove(caller: Caller, from: string, to: string): ReturnType<typeof mayNotMove> | undefined {
  if (decideAccess(caller, 'access:manage', ORGANISATION).allowed) return undefined;
  for (const project of [from, to]) {
    const decision = decideAccess(caller, 'delivery:release', placeOf(project, '*'));
    if (!decision.allowed) return mayNotMove(decision.reason);
  }
  return undefined;
}
