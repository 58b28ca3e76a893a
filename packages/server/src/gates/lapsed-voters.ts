import { type Caller, EVERY } from '@sluice/core/access/caller.ts';
import { decideAccess, placeOf } from '@sluice/core/access/decide-access.ts';
import type { Vote } from '@sluice/core/gates/approval-rule.ts';
import { trackNames } from '@sluice/core/kernel/ids.ts';
import { approvalRules } from '@sluice/core/rollout/gating.ts';
import type { Rollout, TrackState } from '@sluice/core/rollout/state.ts';
import { projectOf } from '../store/access/grants.ts';
import type { Database } from '../store/database/open-database.ts';

/** A subject as it stands now; null for one that is out, undefined for one that nobody knows, such as a part of Sluice. */
export type PresentCaller = (tenant: string, subject: string) => Promise<Caller | null | undefined>;

/**
 * Who has approved what waits, and has lost since what the approval was given with: the permission, or one of the roles and
 * groups that a rule names. Nobody is asked once the approval was used; who has it back counts again.
 */
export async function lapsedVoters(
  { db, presentCaller }: { readonly db: Database; readonly presentCaller: PresentCaller },
  tenant: string,
  track: TrackState,
): Promise<readonly string[]> {
  const rollout = track.active?.phase.name === 'planned' ? track.active : (waiting(track) ?? track.queue[0]);
  const votes = rollout?.votes?.filter(({ decision }) => decision === 'approve') ?? [];
  if (!rollout || votes.length === 0) return [];
  const { application, environment } = trackNames(track.id);
  const place = { project: await projectOf(db, tenant, application), environment };
  const named = new Set(rulesOf(rollout).flatMap(({ of }) => of));
  const judged = await Promise.all(
    votes.map(async (vote) => {
      const caller = await presentCaller(tenant, vote.subject);
      return caller !== undefined && hasLapsed(vote, caller, { place, named }) ? [vote.subject] : [];
    }),
  );
  return [...new Set(judged.flat())];
}

/** What waits after it has begun: at a step of approval, also while it is paused there or goes on from there, or at a gate. */
function waiting({ active }: TrackState): Rollout | undefined {
  if (active?.phase.name !== 'held' && active?.phase.name !== 'running') return undefined;
  const { phase, plan } = active;
  if (plan.steps[phase.step]?.kind === 'approve') return active;
  return phase.name === 'held' && phase.reason.kind === 'gate' ? active : undefined;
}

function rulesOf(rollout: Rollout) {
  const { phase } = rollout;
  const steps = [null, ...(phase.name === 'held' || phase.name === 'running' ? [phase.step] : [])];
  return steps.flatMap((step) => approvalRules(rollout, step));
}

interface Standing {
  readonly place: { readonly project: string; readonly environment: string };
  readonly named: ReadonlySet<string>;
}

function hasLapsed(vote: Vote, caller: Caller | null, { place, named }: Standing): boolean {
  if (caller === null) return true;
  const { project, environment } = place;
  if (!decideAccess(caller, 'delivery:approve', placeOf(project, environment)).allowed) return true;
  const here = caller.grants.filter(
    (grant) => [EVERY, project].includes(grant.project) && [EVERY, environment].includes(grant.environment),
  );
  const has = new Set([...caller.groups, ...here.map(({ role }) => role)]);
  return [...vote.groups, ...vote.roles].some((name) => named.has(name) && !has.has(name));
}
