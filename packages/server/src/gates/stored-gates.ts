/**
 * Purpose: what people do to gates, kept in PostgreSQL.
 *
 * Owns the tables `freezes`, `release_windows` and `approval_rules`. 1. Votes and broken glass are facts of the track and are committed with it.
 * 2. Who declared or lifted what stands in the ledger. 3. As whom somebody votes is what the caller is, and not what it says.
 */
import { type Caller, EVERY } from '@sluice/core/access/caller.ts';
import { trackIdFrom, trackNames } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import { breakGlass, voteOnRollout } from '@sluice/core/rollout/votes.ts';
import type { VoteRequest } from '@sluice/protocol/http/gates.ts';
import type { ErrorBudgetView } from '@sluice/protocol/http/gate-rules.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { changeTrack } from '../loop/change-track.ts';
import type { TrackStore } from '../loop/track-store.ts';
import { projectOf } from '../store/access/grants.ts';
import type { Database } from '../store/database/open-database.ts';
import { budgetOf } from './budget-gates.ts';
import { declaredApprovals } from './declared-approvals.ts';
import { declaredFreezes } from './declared-freezes.ts';
import { declaredWindows } from './declared-windows.ts';
import { noBudget, reasonMissing, unknownTrack } from './gate-refusals.ts';
import { refusedByState } from '../rollouts/problems.ts';
import type { GateRegistry } from './gate-registry.ts';

/** What gates are kept with. */
export interface StoredGatesPorts {
  readonly db: Database;
  readonly tenant: string;
  readonly store: TrackStore;
  readonly now: () => Instant;
  /** Connections that belong to no tenant, to freeze every organisation; null for whoever does not run the control plane. */
  readonly system: Database | null;
  /** Lets the loop look at once. */
  readonly wakeLoop: () => void;
}

/** The gates of a tenant. */
export function storedGates(ports: StoredGatesPorts): GateRegistry {
  const { db, tenant, now } = ports;
  return {
    ...declaredApprovals(db, tenant, now),
    ...declaredFreezes(ports),
    ...declaredWindows(db, tenant, now),
    errorBudget: (track) => errorBudget(ports, track),
    vote: async (track, caller, request) => vote(ports, track, caller, request),
    breakGlass: (track, { by, reason, rollout }) =>
      change(ports, track, by, (state) => breakGlass(state, { by, reason, rollout }, now())),
  };
}

async function errorBudget(
  { db, tenant, store, now }: StoredGatesPorts,
  id: string,
): Promise<Result<ErrorBudgetView, Problem>> {
  const track = await store.load(tenant, trackIdFrom(id));
  if (track === null) return unknownTrack(id);
  const stable = track.stable && (await store.revision(tenant, track.id, track.stable));
  const rule =
    track.active?.plan.gates?.errorBudget ?? (stable && stable.component.strategy.gates?.errorBudget);
  if (!rule) return noBudget(id);
  const { requests, errors, left, isClosed, words, burns } = await budgetOf(db, tenant, {
    ...{ track: track.id, rule, now: now() },
  });
  const { objective, windowMs } = rule;
  return ok({
    ...{ track: id, objective, windowMs, requests, errors, left, closed: isClosed, words },
    burns: burns.map(({ isOn, ...burn }) => ({ ...burn, on: isOn })),
  });
}

async function vote(
  ports: StoredGatesPorts,
  track: string,
  caller: Caller,
  request: VoteRequest,
): Promise<Result<null, Problem>> {
  const { decision, rollout, planHash } = request;
  const reason = request.reason ?? null;
  if (decision === 'reject' && reason === null) return reasonMissing();
  const { subject, groups } = caller;
  const roles = await rolesAt(ports, caller, track);
  const order = { subject, groups, roles, decision, reason, rollout, planHash };
  return change(ports, track, subject, (state) => voteOnRollout(state, order, ports.now()));
}

/** The roles of somebody where a track is. */
async function rolesAt(
  { db, tenant }: StoredGatesPorts,
  { grants }: Caller,
  track: string,
): Promise<readonly string[]> {
  const { application, environment } = trackNames(trackIdFrom(track));
  const project = await projectOf(db, tenant, application);
  const here = grants.filter(
    (grant) => [EVERY, project].includes(grant.project) && [EVERY, environment].includes(grant.environment),
  );
  return [...new Set(here.map(({ role }) => role))];
}

async function change(
  { store, tenant, now, wakeLoop }: StoredGatesPorts,
  id: string,
  actor: string,
  decide: (track: TrackState) => Result<readonly TrackEvent[]>,
): Promise<Result<null, Problem>> {
  const track = trackIdFrom(id);
  if ((await store.load(tenant, track)) === null) return unknownTrack(id);
  const changed = await changeTrack(store, { tenant, track, actor, decide }, now);
  wakeLoop();
  return changed.ok ? ok(null) : refusedByState(changed.refusal);
}
