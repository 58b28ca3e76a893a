/**
 * Purpose: hands tasks to the workers that are connected to this server, and keeps their leases alive.
 *
 * Owns, in memory: who is connected, how many tasks each wants, and what it has. 1. A worker never gets more than it wants.
 * 2. A lease is made longer only for a worker that has been heard of. 3. Whoever lost a lease is told to stop. 4. A worker
 * that goes away keeps its leases until they end, so that it may come back, here or to another server, and go on. 5. What was
 * taken away while it was being claimed reaches nobody.
 */
import type { Logger } from 'pino';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { LeasedTask } from '../store/tasks/claim-tasks.ts';
import type { HeldLease, LeaseFence, TaskEnd } from '../store/tasks/settle-tasks.ts';
import type { TaskEngine } from './task-engine.ts';
import { realTimers, type Timers } from './timers.ts';
import type { WorkerBalance, WorkerHealth } from './worker-balance.ts';
import type { WorkerHello } from './worker-hello.ts';

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
  /** What it still has from before it was away; gives, by id, those that it may go on with. */
  resume(leases: readonly Pick<LeaseFence, 'id' | 'attempt'>[]): Promise<ReadonlyMap<string, HeldLease>>;
  /** It has ended this, and a place is free when it wants it again. */
  release(lease: Pick<LeaseFence, 'id' | 'attempt'>): void;
  close(): void;
}

/** What the dispatcher works with. */
export interface DispatcherPorts {
  readonly engine: Pick<TaskEngine, 'claim' | 'extend' | 'settle'>;
  readonly log: Pick<Logger, 'warn'>;
  /** How long a worker may be silent before its tasks go to others, in ms. */
  readonly leaseMs: number;
  /** The process's own without. */
  readonly timers?: Timers;
  /** How tasks are shared out; to whoever has the fewest for its capacity without. */
  readonly balance?: WorkerBalance;
}

/** A worker, for people. */
export interface ConnectedWorker extends WorkerHello {
  readonly running: number;
  readonly wanted: number;
  /** Well without. */
  readonly health?: WorkerHealth;
}

/** Most tasks of one claim. */
const CLAIM = 500;
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
  readonly key: string;
  readonly tenant: string;
  readonly queue: TrackId;
  readonly revision: RevisionId;
  readonly abilities: readonly string[];
  readonly members: Set<Member>;
  isClaiming: boolean;
  isWoken: boolean;
}

/** Hands out tasks to those who are connected here. */
export class Dispatcher {
  readonly #ports: DispatcherPorts;
  readonly #timers: Timers;
  readonly #crews = new Map<string, Crew>();
  /** For each claim that is on its way: the tasks that were taken away meanwhile. */
  readonly #claims = new Set<Set<string>>();
  readonly #stops: readonly (() => void)[];
  #isClosed = false;

  constructor(ports: DispatcherPorts) {
    this.#ports = ports;
    this.#timers = ports.timers ?? realTimers;
    const extend = (): void =>
      void this.#extendAll().catch((thrown: unknown) => this.#failed('making leases longer', thrown));
    this.#stops = [
      this.#timers.every(ports.leaseMs / 3, extend),
      this.#timers.every(POLL_MS, () => this.wakeAll()),
    ];
  }

  connect(hello: WorkerHello, door: WorkerDoor): WorkerSession {
    const crew = crewOf(this.#crews, hello);
    const member: Member = {
      ...{ hello, door, running: new Map<string, LeaseFence>(), sessions: new Set<string>() },
      ...{ wanted: 0, heardAt: this.#timers.elapsedMs() },
    };
    crew.members.add(member);
    const heard = (): void => {
      member.heardAt = this.#timers.elapsedMs();
    };
    return {
      beat: heard,
      want: (more) => {
        heard();
        member.wanted += more;
        if (member.wanted > 0) this.#hire(crew);
      },
      resume: (leases) => this.#resume(member, leases),
      release: ({ id, attempt }) => {
        heard();
        if (member.running.get(id)?.attempt === attempt) member.running.delete(id);
      },
      close: () => this.#leave(crew, member),
    };
  }

  /** Something may wait in a queue. */
  wake(tenant: string, queue: TrackId): void {
    for (const crew of this.#crews.values())
      if (crew.tenant === tenant && crew.queue === queue) this.#hire(crew);
  }

  /** Something may wait anywhere. */
  wakeAll(): void {
    for (const crew of this.#crews.values()) this.#hire(crew);
  }

  /** A task was taken away from whoever has it. */
  revoked(id: string): void {
    for (const takenAway of this.#claims) takenAway.add(id);
    for (const member of this.#members()) {
      const lease = member.running.get(id);
      if (lease) drop(member, lease);
    }
  }

  /** The workers that are connected here. */
  connected(): readonly ConnectedWorker[] {
    return this.#members().map(({ hello, running, wanted }) => ({
      ...hello,
      ...{ running: running.size, wanted, health: this.#ports.balance?.healthOf(hello) ?? 'well' },
    }));
  }

  /** Nothing is claimed or made longer any more. */
  close(): void {
    this.#isClosed = true;
    for (const stop of this.#stops) stop();
  }

  /** Revisions come and go: nothing stays of those that nobody works for. */
  #leave(crew: Crew, member: Member): void {
    crew.members.delete(member);
    if (crew.members.size === 0 && this.#crews.get(crew.key) === crew) this.#crews.delete(crew.key);
  }

  #members(): readonly Member[] {
    return [...this.#crews.values()].flatMap((crew) => [...crew.members]);
  }

  #failed(what: string, thrown: unknown): void {
    const reason = SluiceError.from(thrown, what).message;
    this.#ports.log.warn({ reason }, 'tasks could not be handed out');
  }

  #hire(crew: Crew): void {
    if (crew.isClaiming) crew.isWoken = true;
    else void this.#claimAll(crew);
  }

  async #claimAll(crew: Crew): Promise<void> {
    crew.isClaiming = true;
    do {
      crew.isWoken = false;
      while (!this.#isClosed && (await this.#claimOnce(crew)));
    } while (crew.isWoken);
    crew.isClaiming = false;
  }

  /** @returns whether more may wait and be wanted */
  async #claimOnce(crew: Crew): Promise<boolean> {
    const places = placesOf(crew, this.#ports.balance);
    if (places.length === 0) return false;
    const { tenant, queue, revision, abilities } = crew;
    const workers = places.map(({ hello }) => hello.worker);
    const sessions = [...new Set(places.flatMap((member) => [...member.sessions]))];
    for (const member of places) member.wanted -= 1;
    const takenAway = new Set<string>();
    this.#claims.add(takenAway);
    try {
      const wish = { queue, revision, abilities, workers, sessions, leaseMs: this.#ports.leaseMs };
      const leased = await this.#ports.engine.claim(tenant, wish);
      const orphans = handAll(crew, { places, leased, takenAway });
      if (orphans.length > 0) await this.#giveBack(tenant, orphans);
      return leased.length === places.length;
    } catch (thrown) {
      for (const member of places) member.wanted += 1;
      this.#failed(`claiming tasks of ${queue}`, thrown);
      return false;
    } finally {
      this.#claims.delete(takenAway);
    }
  }

  /** Where that cannot be written the leases end by themselves. */
  async #giveBack(tenant: string, orphans: readonly LeasedTask[]): Promise<void> {
    await this.#ports.engine
      .settle(tenant, orphans.map(givenBack))
      .catch((thrown: unknown) => this.#failed('giving back tasks', thrown));
  }

  async #resume(
    member: Member,
    leases: readonly Pick<LeaseFence, 'id' | 'attempt'>[],
  ): Promise<ReadonlyMap<string, HeldLease>> {
    const { tenant, worker } = member.hello;
    const fences = leases.map((lease) => ({ ...lease, worker }));
    const held = await this.#ports.engine.extend(tenant, fences, this.#ports.leaseMs);
    for (const fence of fences) {
      const lease = held.get(fence.id);
      if (lease?.attempt !== fence.attempt) continue;
      member.running.set(fence.id, fence);
      if (lease.session !== null) remember(member.sessions, lease.session);
    }
    return held;
  }

  async #extendAll(): Promise<void> {
    const { engine, leaseMs } = this.#ports;
    const alive = this.#members().filter(({ heardAt }) => this.#timers.elapsedMs() - heardAt < leaseMs);
    for (const [tenant, those] of Map.groupBy(alive, ({ hello }) => hello.tenant)) {
      const asked = new Set(those.flatMap(({ running }) => [...running.values()]));
      if (asked.size === 0) continue;
      const held = await engine.extend(tenant, [...asked], leaseMs);
      for (const member of those)
        for (const lease of member.running.values())
          if (asked.has(lease) && held.get(lease.id)?.attempt !== lease.attempt) drop(member, lease);
    }
  }
}

interface Handing {
  readonly places: readonly Member[];
  readonly leased: readonly LeasedTask[];
  /** What was taken away while it was claimed. */
  readonly takenAway: ReadonlySet<string>;
}

/**
 * Hands out what was claimed; whoever got less than it wanted still wants it.
 * @returns what nobody gets: whom it was for has gone meanwhile, or it was taken away
 */
function handAll(crew: Crew, { places, leased, takenAway }: Handing): readonly LeasedTask[] {
  const byWorker = new Map(places.map((member) => [member.hello.worker, member]));
  const left = countsOf(places);
  const orphans: LeasedTask[] = [];
  for (const task of leased) {
    const member = byWorker.get(task.worker);
    if (member === undefined || !crew.members.has(member) || takenAway.has(task.id)) orphans.push(task);
    else {
      left.set(member, (left.get(member) ?? 1) - 1);
      hand(member, task);
    }
  }
  for (const [member, count] of left) member.wanted += count;
  return orphans;
}

const givenBack = ({ id, attempt, worker }: LeasedTask): TaskEnd => ({
  id,
  attempt,
  worker,
  state: 'waiting',
});

function hand(member: Member, task: LeasedTask): void {
  const { id, attempt, worker } = task;
  member.running.set(id, { id, attempt, worker });
  if (task.session !== null) remember(member.sessions, task.session);
  member.door.assign(task);
}

function drop(member: Member, lease: LeaseFence): void {
  member.running.delete(lease.id);
  member.door.revoke(lease);
}

function crewOf(crews: Map<string, Crew>, { tenant, queue, revision, abilities }: WorkerHello): Crew {
  const sorted = [...new Set(abilities)].toSorted();
  const key = JSON.stringify([tenant, queue, revision, sorted]);
  const present = crews.get(key);
  if (present) return present;
  const crew: Crew = {
    ...{ key, tenant, queue, revision, abilities: sorted, members: new Set<Member>() },
    ...{ isClaiming: false, isWoken: false },
  };
  crews.set(key, crew);
  return crew;
}

/** Who would take a task, once for each: those first that have the least for what they are worth, so that all get their part. */
function placesOf({ members }: Crew, balance: WorkerBalance | undefined): readonly Member[] {
  const rooms = [...members].flatMap((member) => {
    const { hello, wanted, running } = member;
    const room = Math.min(balance?.roomOf(hello, wanted) ?? wanted, CLAIM);
    const capacity = running.size + wanted;
    const weight = balance?.weightOf(hello, capacity) ?? capacity;
    return Array.from({ length: Math.max(0, room) }, (_, nth) => ({
      member,
      load: (running.size + nth + 1) / weight,
    }));
  });
  return rooms
    .toSorted((a, b) => a.load - b.load)
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
