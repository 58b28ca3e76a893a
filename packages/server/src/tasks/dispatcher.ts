/**
 * Purpose: hands tasks to the workers that are connected to this server, and keeps their leases alive.
 *
 * Owns, in memory: who is connected, how many tasks each wants, and what it has. 1. A worker never gets more than it wants.
 * 2. A lease is made longer only for a worker that has been heard of. 3. Whoever lost a lease is told to stop. 4. A worker
 * that goes away keeps its leases until they end, so that it may come back, here or to another server, and go on.
 */
import type { Logger } from 'pino';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { LeasedTask } from '../store/tasks/claim-tasks.ts';
import type { LeaseFence } from '../store/tasks/settle-tasks.ts';
import type { TaskEngine } from './task-engine.ts';

/** Who connects. */
export interface WorkerHello {
  readonly tenant: string;
  /** Its own name, unique, and the same when it comes back. */
  readonly worker: string;
  readonly queue: TrackId;
  readonly revision: RevisionId;
  readonly abilities: readonly string[];
}

/** How a worker is spoken to; neither may throw. */
export interface WorkerDoor {
  assign(task: LeasedTask): void;
  /** It has no lease of this any more and has to stop. */
  revoke(lease: Pick<LeaseFence, 'id' | 'attempt'>): void;
}

/** A connected worker. */
export interface WorkerSession {
  /** It would take so many tasks more than it said before. */
  want(more: number): void;
  /** It lives. */
  beat(): void;
  /** What it still has from before it was away; gives the ids of those that it may go on with. */
  resume(leases: readonly Pick<LeaseFence, 'id' | 'attempt'>[]): Promise<ReadonlySet<string>>;
  /** It has ended this, and a place is free when it wants it again. */
  release(id: string): void;
  close(): void;
}

/** What the dispatcher works with. */
export interface DispatcherPorts {
  readonly engine: Pick<TaskEngine, 'claim' | 'extend' | 'settle'>;
  readonly log: Logger;
  /** How long a worker may be silent before its tasks go to others, in ms. */
  readonly leaseMs: number;
}

/** Hands out tasks. */
export interface Dispatcher {
  connect(hello: WorkerHello, door: WorkerDoor): WorkerSession;
  /** Something may wait in a queue. */
  wake(tenant: string, queue: TrackId): void;
  /** A task was taken away from whoever has it. */
  revoked(id: string): void;
  /** The workers that are connected here. */
  connected(): readonly ConnectedWorker[];
  close(): void;
}

/** A worker, for people. */
export interface ConnectedWorker extends WorkerHello {
  readonly running: number;
  readonly wanted: number;
}

/** Most tasks of one claim. */
const CLAIM = 100;
/** How often is looked for what nobody announced, in ms: retries that became due, and what was missed. */
const POLL_MS = 500;
/** How many sessions a worker is known for. */
const SESSIONS = 32;

interface Member {
  readonly hello: WorkerHello;
  readonly door: WorkerDoor;
  readonly running: Map<string, LeaseFence>;
  /** Sessions that it has served lately, the latest last. */
  readonly sessions: Set<string>;
  wanted: number;
  heardAt: number;
}

/** Workers that can do the same for the same revision. */
interface Crew {
  readonly tenant: string;
  readonly queue: TrackId;
  readonly revision: RevisionId;
  readonly abilities: readonly string[];
  readonly members: Set<Member>;
  isClaiming: boolean;
  isWoken: boolean;
}

/** Starts with nobody connected. */
export function dispatcher(ports: DispatcherPorts): Dispatcher {
  const { engine, log, leaseMs } = ports;
  const crews = new Map<string, Crew>();
  let isClosed = false;

  const failed = (what: string, thrown: unknown): void =>
    log.warn({ reason: SluiceError.from(thrown, what).message }, 'tasks could not be handed out');

  const hire = (crew: Crew): void => {
    if (crew.isClaiming) crew.isWoken = true;
    else void claimAll(crew);
  };

  const claimAll = async (crew: Crew): Promise<void> => {
    crew.isClaiming = true;
    do {
      crew.isWoken = false;
      while (!isClosed && (await claimOnce(crew)));
    } while (crew.isWoken);
    crew.isClaiming = false;
  };

  /** @returns whether more may wait and be wanted */
  const claimOnce = async (crew: Crew): Promise<boolean> => {
    const places = placesOf(crew);
    if (places.length === 0) return false;
    const workers = places.map(({ hello }) => hello.worker);
    const sessions = [...new Set(places.flatMap((member) => [...member.sessions]))];
    for (const member of places) member.wanted -= 1;
    try {
      const { tenant, queue, revision, abilities } = crew;
      const leased = await engine.claim(tenant, { queue, revision, abilities, workers, sessions, leaseMs });
      const byWorker = new Map(places.map((member) => [member.hello.worker, member]));
      const left = countsOf(places);
      for (const task of leased) {
        const member = byWorker.get(task.worker);
        if (member === undefined) continue;
        left.set(member, (left.get(member) ?? 1) - 1);
        if (crew.members.has(member)) hand(member, task);
        else await giveBack(task, tenant);
      }
      for (const [member, count] of left) member.wanted += count;
      return leased.length === places.length;
    } catch (thrown) {
      for (const member of places) member.wanted += 1;
      failed(`claiming tasks of ${crew.queue}`, thrown);
      return false;
    }
  };

  /** Whom it was for has gone meanwhile. */
  const giveBack = async ({ id, attempt, worker }: LeasedTask, tenant: string): Promise<void> => {
    await engine.settle(tenant, [{ id, attempt, worker, state: 'waiting' }]);
  };

  const hand = (member: Member, task: LeasedTask): void => {
    const { id, attempt, worker } = task;
    member.running.set(id, { id, attempt, worker });
    if (task.session !== null) remember(member.sessions, task.session);
    member.door.assign(task);
  };

  const members = (): readonly Member[] => [...crews.values()].flatMap((crew) => [...crew.members]);

  const extendAll = async (): Promise<void> => {
    const alive = members().filter(({ heardAt }) => performance.now() - heardAt < leaseMs);
    for (const [tenant, those] of Map.groupBy(alive, ({ hello }) => hello.tenant)) {
      const leases = those.flatMap(({ running }) => [...running.values()]);
      if (leases.length === 0) continue;
      const held = await engine.extend(tenant, leases, leaseMs);
      for (const member of those)
        for (const lease of member.running.values())
          if (!held.has(lease.id) && leases.includes(lease)) drop(member, lease);
    }
  };

  const drop = (member: Member, lease: LeaseFence): void => {
    member.running.delete(lease.id);
    member.door.revoke(lease);
  };

  const extending = setInterval(
    () => void extendAll().catch((thrown: unknown) => failed('making leases longer', thrown)),
    leaseMs / 3,
  );
  const polling = setInterval(() => {
    for (const crew of crews.values()) hire(crew);
  }, POLL_MS);

  return {
    connect: (hello, door) => {
      const crew = crewOf(crews, hello);
      const member: Member = {
        ...{ hello, door, running: new Map<string, LeaseFence>(), sessions: new Set<string>() },
        ...{ wanted: 0, heardAt: performance.now() },
      };
      crew.members.add(member);
      const heard = (): void => {
        member.heardAt = performance.now();
      };
      return {
        want: (more) => {
          heard();
          member.wanted += more;
          if (member.wanted > 0) hire(crew);
        },
        beat: heard,
        resume: async (leases) => {
          const fences = leases.map((lease) => ({ ...lease, worker: hello.worker }));
          const held = await engine.extend(hello.tenant, fences, leaseMs);
          for (const fence of fences) if (held.has(fence.id)) member.running.set(fence.id, fence);
          return held;
        },
        release: (id) => {
          heard();
          member.running.delete(id);
        },
        close: () => void crew.members.delete(member),
      };
    },
    wake: (tenant, queue) => {
      for (const crew of crews.values()) if (crew.tenant === tenant && crew.queue === queue) hire(crew);
    },
    revoked: (id) => {
      for (const member of members()) {
        const lease = member.running.get(id);
        if (lease) drop(member, lease);
      }
    },
    connected: () =>
      members().map(({ hello, running, wanted }) => ({ ...hello, running: running.size, wanted })),
    close: () => {
      isClosed = true;
      clearInterval(extending);
      clearInterval(polling);
    },
  };
}

function crewOf(crews: Map<string, Crew>, { tenant, queue, revision, abilities }: WorkerHello): Crew {
  const sorted = [...new Set(abilities)].toSorted();
  const key = JSON.stringify([tenant, queue, revision, sorted]);
  const present = crews.get(key);
  if (present) return present;
  const crew: Crew = {
    ...{ tenant, queue, revision, abilities: sorted, members: new Set<Member>() },
    ...{ isClaiming: false, isWoken: false },
  };
  crews.set(key, crew);
  return crew;
}

/** Who would take a task, once for each: those with the most room first, one after the other, so that all get some. */
function placesOf({ members }: Crew): readonly Member[] {
  const rooms = [...members].flatMap((member) =>
    Array.from({ length: Math.min(member.wanted, CLAIM) }, (_, nth) => ({ member, nth })),
  );
  return rooms
    .toSorted((a, b) => a.nth - b.nth || a.member.running.size - b.member.running.size)
    .slice(0, CLAIM)
    .map(({ member }) => member);
}

function countsOf(places: readonly Member[]): Map<Member, number> {
  const counts = new Map<Member, number>();
  for (const member of places) counts.set(member, (counts.get(member) ?? 0) + 1);
  return counts;
}

function remember(sessions: Set<string>, session: string): void {
  sessions.delete(session);
  sessions.add(session);
  const [oldest] = sessions;
  if (sessions.size > SESSIONS && oldest !== undefined) sessions.delete(oldest);
}
