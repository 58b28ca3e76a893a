/**
 * Purpose: what freezes and windows hold a track now, and whose approvals count no more, for the loop.
 *
 * Owns, in memory: what was read of each tenant lately, and the project of each application. Nothing is older than
 * `READ_EVERY_MS`; what cannot be read is `unreachable`, which keeps everything closed.
 */
import { freezeGates, type Freeze } from '@sluice/core/gates/freeze.ts';
import type { Gate, ObservedGates } from '@sluice/core/gates/gate.ts';
import { type GatePlace, type GateScope, isWithin } from '@sluice/core/gates/gate-scope.ts';
import type { TimeWindow } from '@sluice/core/gates/time-window.ts';
import { windowGates } from '@sluice/core/gates/window-gates.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { trackNames } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import { projectsOf } from '../store/gates/projects-of.ts';
import type { Database } from '../store/database/open-database.ts';
import { listFreezes } from '../store/gates/freezes.ts';
import { listWindows } from '../store/gates/release-windows.ts';
import { freezeOf, scopeOf, windowOf } from './declared-views.ts';
import { lapsedVoters, type PresentCaller } from './lapsed-voters.ts';

/** Looks at the gates of tracks. */
export interface GateObserver {
  /** What holds a track; undefined while no rollout could ask. It never rejects. */
  observe(tenant: string, track: TrackState): Promise<ObservedGates | undefined>;
}

/** Gates that one rollout alone meets, such as what must be stable elsewhere before. */
export type OwnGates = (tenant: string, track: TrackState) => Promise<readonly Gate[]>;

/** How long what was read is good, in milliseconds: as long as an order to stop the line may take to be heard. */
const READ_EVERY_MS = 1000;

interface Declared {
  readonly freezes: readonly Freeze[];
  readonly windows: readonly { readonly window: TimeWindow; readonly scope: GateScope }[];
  readonly projects: ReadonlyMap<string, string>;
}

interface Read {
  readonly at: Instant;
  readonly declared: Promise<Declared>;
}

/** What gates are observed with. */
export interface ObserverParts {
  readonly db: Database;
  readonly now: () => Instant;
  readonly presentCaller: PresentCaller;
  readonly own?: readonly OwnGates[];
}

/** Gates as they are declared in PostgreSQL, and those of each rollout. */
export function storedGateObserver({ db, now, presentCaller, own = [] }: ObserverParts): GateObserver {
  const reads = new Map<string, Read>();
  const declaredIn = (tenant: string): Promise<Declared> => {
    const at = now();
    const last = reads.get(tenant);
    if (last && at >= last.at && at - last.at < READ_EVERY_MS) return last.declared;
    const declared = readDeclared(db, tenant, at);
    reads.set(tenant, { at, declared });
    return declared;
  };
  return {
    observe: async (tenant, track) => {
      if (!isAsked(track)) return undefined;
      try {
        const [declared, lapsed, ...others] = await Promise.all([
          declaredIn(tenant),
          lapsedVoters({ db, presentCaller }, tenant, track),
          ...own.map((gates) => gates(tenant, track)),
        ]);
        const gates = [...declaredGates(declared, track, now()), ...others.flat()];
        return { kind: 'observed', gates, ...(lapsed.length > 0 && { lapsed }) };
      } catch (thrown) {
        const { message } = SluiceError.from(thrown, 'reading what holds releases');
        return { kind: 'unreachable', message };
      }
    },
  };
}

/** Nobody asks while nothing goes forward. */
function isAsked({ active, queue }: TrackState): boolean {
  if (active === null) return queue.length > 0;
  return ['planned', 'running', 'held', 'promoting'].includes(active.phase.name) || queue.length > 0;
}

async function readDeclared(db: Database, tenant: string, at: Instant): Promise<Declared> {
  const [freezes, windows, projects] = await Promise.all([
    listFreezes(db, tenant, { at }),
    listWindows(db, tenant),
    projectsOf(db, tenant),
  ]);
  return {
    freezes: freezes.map(freezeOf),
    windows: windows.map((row) => ({ window: windowOf(row), scope: scopeOf(row) })),
    projects,
  };
}

function declaredGates(
  { freezes, windows, projects }: Declared,
  { id }: TrackState,
  now: Instant,
): readonly Gate[] {
  if (freezes.length === 0 && windows.length === 0) return [];
  const names = trackNames(id);
  const place: GatePlace = { ...names, project: projects.get(names.application) ?? 'default' };
  const here = windows.filter(({ scope }) => isWithin(place, scope)).map(({ window }) => window);
  return [...freezeGates(freezes, place, now), ...windowGates(here, 'for releases', now)];
}
