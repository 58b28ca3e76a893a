/**
 * Purpose: what people do to gates, kept in PostgreSQL.
 *
 * Owns the tables `freezes` and `release_windows`. 1. Votes and broken glass are facts of the track and are committed with it.
 * 2. Who declared or lifted what stands in the ledger. 3. As whom somebody votes is what the caller is, and not what it says.
 */
import { randomBytes } from 'node:crypto';
import { type Caller, EVERY } from '@sluice/core/access/caller.ts';
import { describeSpan } from '@sluice/core/gates/freeze.ts';
import { describeScope } from '@sluice/core/gates/gate-scope.ts';
import { isTimeZone, parseTimes } from '@sluice/core/gates/time-window.ts';
import { trackIdFrom, trackNames } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import { breakGlass, voteOnRollout } from '@sluice/core/rollout/votes.ts';
import type { VoteRequest } from '@sluice/protocol/http/gates.ts';
import type { ErrorBudgetView, FreezeRequest, WindowRequest } from '@sluice/protocol/http/gate-rules.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { changeTrack } from '../loop/change-track.ts';
import type { TrackStore } from '../loop/track-store.ts';
import { projectOf } from '../store/access/grants.ts';
import type { Database } from '../store/database/open-database.ts';
import {
  addFreeze,
  countFreezes,
  type FreezeRow,
  listFreezes,
  removeFreeze,
} from '../store/gates/freezes.ts';
import { MOST_DECLARED } from '../store/gates/gate-columns.ts';
import { listWindows, putWindow, removeWindow, type WindowRow } from '../store/gates/release-windows.ts';
import { pageOf } from '../store/paging/page-of.ts';
import { budgetOf } from './budget-gates.ts';
import { declaredApprovals } from './declared-approvals.ts';
import { freezeView, wholeScope, windowView } from './declared-views.ts';
import {
  emptySpan,
  nameTaken,
  noBudget,
  noSuchTimes,
  noSuchZone,
  reasonMissing,
  refusedByState,
  tooMany,
  unknownFreeze,
  unknownTrack,
  unknownWindow,
} from './gate-refusals.ts';
import type { GateRegistry } from './gate-registry.ts';

/** What gates are kept with. */
export interface StoredGatesPorts {
  readonly db: Database;
  readonly tenant: string;
  readonly store: TrackStore;
  readonly now: () => Instant;
  /** Lets the loop look at once. */
  readonly wakeLoop: () => void;
}

/** The gates of a tenant. */
export function storedGates(ports: StoredGatesPorts): GateRegistry {
  const { db, tenant, now } = ports;
  return {
    ...declaredApprovals(db, tenant, now),
    errorBudget: (track) => errorBudget(ports, track),
    vote: async (track, caller, request) => vote(ports, track, caller, request),
    breakGlass: (track, { by, reason, rollout }) =>
      change(ports, track, by, (state) => breakGlass(state, { by, reason, rollout }, now())),
    freezes: (page) => {
      const at = now();
      const read = (limit: number) => listFreezes(db, tenant, { ...afterOf(page.cursor), limit, at });
      return pageOf(page.limit, read, { item: (row) => freezeView(row, at), cursor: ({ name }) => name });
    },
    freeze: (request) => freeze(ports, request),
    lift: async (name, by) => {
      const entry = { at: now(), actor: by, action: 'freezeLifted', subject: name, detail: {} };
      const row = await removeFreeze(db, tenant, name, entry);
      return row ? ok(freezeView(row, now())) : unknownFreeze(name);
    },
    windows: (page) => {
      const read = (limit: number) => listWindows(db, tenant, { ...afterOf(page.cursor), limit });
      return pageOf(page.limit, read, { item: windowView, cursor: ({ name }) => name });
    },
    putWindow: (name, request) => declareWindow(ports, name, request),
    removeWindow: async (name, by) => {
      const entry = { at: now(), actor: by, action: 'windowRemoved', subject: name, detail: {} };
      const row = await removeWindow(db, tenant, name, entry);
      return row ? ok(windowView(row)) : unknownWindow(name);
    },
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

const afterOf = (cursor: string | null) => (cursor === null ? {} : { after: cursor });

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

async function freeze({ db, tenant, now }: StoredGatesPorts, request: FreezeRequest) {
  const at = now();
  const { reason, from = at, until = null, holds, by } = request;
  if (until !== null && until <= Math.max(from, at)) return emptySpan();
  if ((await countFreezes(db, tenant)) >= MOST_DECLARED) return tooMany('freezes');
  const name = request.name ?? `freeze-${randomBytes(3).toString('hex')}`;
  const scope = wholeScope(request.scope);
  const words = `${describeScope(scope)}, ${describeSpan({ from, until })}: ${reason}`;
  const row: Omit<FreezeRow, 'declaredAt'> = {
    ...{ name, ...scope, reason, holds, beginsAt: from, endsAt: until, declaredBy: by },
  };
  const entry = { at, actor: by, action: 'freezeDeclared', subject: name, detail: { words, holds } };
  const added = await addFreeze(db, tenant, row, entry);
  return added ? ok(freezeView(added, at)) : nameTaken(name);
}

async function declareWindow({ db, tenant, now }: StoredGatesPorts, name: string, request: WindowRequest) {
  const { effect, zone, underWay, by } = request;
  const times = parseTimes(request.times);
  if (times === undefined) return noSuchTimes(request.times);
  if (!isTimeZone(zone)) return noSuchZone(zone);
  const present = await listWindows(db, tenant);
  if (present.length >= MOST_DECLARED && present.every((window) => window.name !== name))
    return tooMany('windows');
  const scope = wholeScope(request.scope);
  const row: Omit<WindowRow, 'declaredAt'> = {
    name,
    ...scope,
    effect,
    ...times,
    zone,
    underWay,
    declaredBy: by,
  };
  const words = `${effect} ${request.times} ${zone} for ${describeScope(scope)}`;
  const entry = {
    at: now(),
    actor: by,
    action: 'windowDeclared',
    subject: name,
    detail: { words, underWay },
  };
  return ok(windowView(await putWindow(db, tenant, row, entry)));
}
