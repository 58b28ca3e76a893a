import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId } from '@sluice/core/kernel/ids.ts';
import { EMPTY_SPLIT, type Split } from '@sluice/core/traffic/split.ts';
import { hasEnded } from '@sluice/core/tasks/task-state.ts';
import type { BrokenPromise } from '../checkers/broken-promise.ts';
import { Chance } from '../clock/chance.ts';
import { EventQueue } from '../clock/event-queue.ts';
import type { Story } from '../story/story.ts';
import type { CondemnedRevision } from '@sluice/server/store/tasks/condemned-tasks.ts';
import { isPair } from './copy-watch.ts';
import { MemoryTasks } from './memory-tasks.ts';
import { SimulatedServer } from './simulated-server.ts';
import { QUEUE, TENANT } from './story-of-tasks.ts';
import { SimulatedWorker } from './simulated-worker.ts';
import { TaskClient } from './task-client.ts';
import { TaskFaults } from './task-faults.ts';
import {
  restAfterMs,
  type SplitScript,
  type TaskAct,
  type TaskScript,
  type VersionWeight,
  type WorkerScript,
} from './task-script.ts';
import type { TaskSurroundings } from './task-surroundings.ts';
import { type TaskSums, TaskWatch } from './task-watch.ts';

/** What came of a story. */
export interface TaskOutcome {
  readonly broken: BrokenPromise | null;
  readonly sums: TaskSums;
}

const BEGIN = 1_800_000_000_000;
/** So long after everything has come to rest all tasks have ended, in ms. */
const PATIENCE_MS = 120_000;
/** How often somebody looks whether the split that was ordered is in force, in ms. */
const LOOK_MS = 400;

/** A world in which servers, workers and those who submit live through a script. */
export class TaskWorld {
  readonly #script: TaskScript;
  readonly #around: TaskSurroundings;
  readonly #client: TaskClient;
  readonly #servers: SimulatedServer[] = [];
  readonly #workers: SimulatedWorker[] = [];
  #takenBack: CondemnedRevision | null = null;
  #ordered: { readonly generation: number; readonly split: Split } | null = null;
  #ids = 0;

  constructor(script: TaskScript, story: Story) {
    this.#script = script;
    const queue = new EventQueue(BEGIN);
    const chance = new Chance(script.seed + 1_000_003);
    story.start(BEGIN, () => queue.now);
    const store = new MemoryTasks(
      () => queue.now,
      (change) => watch.changed(change),
    );
    const watch = new TaskWatch({
      ...{ script, now: () => queue.now, dealt: () => store.dealt(TENANT, QUEUE) },
      dealtAt: () => store.dealtAt(TENANT, QUEUE),
      takenBack: () => this.#takenBack?.revision ?? null,
      openCount: () =>
        store.rows.filter(({ state, shadowOf }) => shadowOf === null && !hasEnded(state)).length,
      abilitiesOf: (worker) => abilitiesOf(script, worker),
      rowOf: (id) => store.rowOf(TENANT, id),
      unanswered: () => this.#client.unanswered,
    });
    this.#around = {
      ...{ script, queue, chance, story, store, watch, servers: this.#servers },
      takenBack: () => this.#takenBack,
      faults: new TaskFaults(script.faults, chance, () => queue.now - BEGIN),
      ring: (by) => this.#ring(by),
      newId: (at) => idOf(at, ++this.#ids, chance),
    };
    this.#client = new TaskClient(this.#around);
    for (let index = 0; index < script.servers; index++)
      this.#servers.push(new SimulatedServer(index, this.#around));
  }

  /** Lives through the script. */
  async run(): Promise<TaskOutcome> {
    const { queue, store, watch } = this.#around;
    this.#begin();
    const restsAt = BEGIN + restAfterMs(this.#script) + 1;
    let isCalm = false;
    while (watch.broken === null && queue.step(restsAt + PATIENCE_MS)) {
      await promisesKept();
      isCalm ||= queue.now >= restsAt + 1_000;
      if (isCalm && this.#isOver()) break;
    }
    if (watch.broken === null) watch.over(store.rows);
    return { broken: watch.broken, sums: watch.sums };
  }

  /** Nothing is open any more, nothing is to be tried again, and all pairs have been compared. */
  #isOver(): boolean {
    const { store } = this.#around;
    if (!store.rows.every(({ state }) => hasEnded(state))) return false;
    if (this.#takenBack !== null && store.lettersOf(this.#takenBack, 1).length > 0) return false;
    return store.rows.every((row) => row.isCompared || !isPair(row, (id) => store.rowOf(TENANT, id)));
  }

  #begin(): void {
    const { acts, faults, workers } = this.#script;
    for (const server of this.#servers) server.start();
    this.#look();
    for (const act of acts) this.#at(act.atMs, () => this.#act(act));
    for (const script of workers) this.#employ(script);
    for (const fault of faults) this.#plan(fault);
    this.#at(restAfterMs(this.#script) + 1, () => this.#rest());
  }

  #plan(fault: TaskScript['faults'][number]): void {
    const { atMs, forMs } = fault;
    switch (fault.kind) {
      case 'server-dies':
        // A server with nothing to say dies all the same.
        this.#at(
          atMs + forMs / 2,
          () => this.#around.faults.deathOf(fault.server) && this.#server(fault.server).die(),
        );
        return this.#at(atMs + forMs, () => this.#server(fault.server).start());
      case 'server-stands-still':
        return this.#at(atMs, () => this.#server(fault.server).standStill(forMs));
      case 'worker-dies':
        return this.#at(atMs, () => this.#replace(fault.worker, forMs));
      case 'worker-hangs':
        return this.#at(atMs, () => this.#workers[fault.worker]?.hang(forMs));
      case 'connection-breaks':
        return this.#at(atMs, () => this.#workers[fault.worker]?.lose());
      default:
        return undefined;
    }
  }

  #act(act: TaskAct): void {
    const { store, chance } = this.#around;
    const registry = this.#someServer()?.parts?.registry;
    if (act.kind === 'submit') this.#client.submit(act);
    else if (act.kind === 'split') this.#order(act);
    else if (act.kind === 'retry-dead') registry?.retryDead(QUEUE, act.limit).catch(() => undefined);
    else
      for (let n = 0; n < act.count; n++) {
        const open = store.rows.filter(({ state }) => !hasEnded(state));
        if (open.length > 0) registry?.cancel(chance.oneOf(open).id).catch(() => undefined);
      }
  }

  #order({ weights, salt, mirror, takesBack }: SplitScript): void {
    const generation = (this.#ordered?.generation ?? 0) + 1;
    const weightOf = ({ version, basisPoints }: VersionWeight) => ({
      revision: revisionId(version),
      basisPoints,
    });
    const split = {
      ...EMPTY_SPLIT,
      salt,
      weights: weights.map(weightOf),
      mirror: mirror && weightOf(mirror),
    };
    this.#ordered = { generation, split };
    // Whoever asks for a release does so before its workers start; a newer release is what counts from then on.
    this.#takenBack =
      takesBack === null ? null : { queue: QUEUE, revision: revisionId(takesBack), since: BEGIN };
    this.#around.story.tell(
      () =>
        `split ${generation}: ${weights.map(({ version, basisPoints }) => `${version} ${basisPoints / 100} %`).join(', ')}`,
    );
  }

  /** Who leads looks what is in force, and orders what should be, as the loop of production does. */
  #look(): void {
    const { queue } = this.#around;
    queue.after(LOOK_MS, () => this.#look());
    const server = this.#someServer();
    const router = server?.parts?.router;
    const ordered = this.#ordered;
    if (router === undefined || ordered === null) return;
    const order = async (): Promise<void> => {
      const seen = await router.observe(QUEUE);
      if (seen?.generation === ordered.generation) return;
      await router.apply({
        ...{ track: QUEUE, ...ordered, route: { host: null, path: '/' }, goal: null },
        request: { protocol: 'http1', timeoutMs: 1, maxBodyBytes: 0 },
      });
    };
    order().catch(() => undefined);
  }

  #employ(script: WorkerScript): void {
    const index = this.#workers.length;
    this.#workers.push(new SimulatedWorker(script, this.#around));
    this.#at(script.atMs, () => this.#workers[index]?.start());
    if (script.leavesAtMs !== null) this.#at(script.leavesAtMs, () => this.#workers[index]?.leave());
  }

  #replace(index: number, afterMs: number): void {
    const script = this.#script.workers[index];
    const { queue, chance } = this.#around;
    if (script === undefined) return;
    this.#workers[index]?.die();
    const name = chance.happens(0.5) ? script.name : `${script.name}'`;
    const leavesAt = script.leavesAtMs === null ? null : BEGIN + script.leavesAtMs;
    queue.after(afterMs, () => {
      if (leavesAt !== null && queue.now >= leavesAt) return;
      const worker = new SimulatedWorker(script, this.#around, name);
      this.#workers[index] = worker;
      worker.start();
    });
  }

  /** Nothing goes wrong any more, and there are workers who can do everything. */
  #rest(): void {
    const { watch, story } = this.#around;
    story.tell(() => 'nothing goes wrong any more');
    for (const server of this.#servers) server.start();
    watch.rests();
    // Slow workers would hold the few places that there are for a long time.
    if (Object.keys(this.#script.limits).length > 0) for (const worker of this.#workers) worker.leave();
    const { weights = [], mirror = null } = this.#ordered?.split ?? {};
    // Two, as some tasks are to be apart from others.
    for (const { revision } of [...weights, ...(mirror ? [mirror] : [])])
      for (const nth of [1, 2])
        new SimulatedWorker(
          {
            ...{ name: `steady-${nth}-${revision}`, version: revision, atMs: 0, leavesAtMs: null },
            ...{ concurrency: 10, workMs: 5, failureRate: 0, failsAs: 'crash', way: 'honest' },
            abilities: STEADY,
          },
          this.#around,
        ).start();
  }

  #server(index: number): SimulatedServer {
    const server = this.#servers[index % this.#servers.length];
    assert(server !== undefined, 'a story has a server');
    return server;
  }

  #someServer(): SimulatedServer | undefined {
    const up = this.#servers.filter(({ parts }) => parts !== null);
    return up.length === 0 ? undefined : this.#around.chance.oneOf(up);
  }

  #ring(by: number): void {
    const { faults, chance } = this.#around;
    for (const server of this.#servers)
      if (server.index !== by && !faults.has('bells-lost'))
        server.later(chance.between(0.5, 5), () => server.parts?.dispatcher.wake(TENANT, QUEUE));
  }

  #at(atMs: number, happen: () => void): void {
    this.#around.queue.at(BEGIN + atMs, happen);
  }
}

/** What those can do who come in the end: everything. */
const STEADY = ['gpu', 'zone=eu', 'data=orders'];

/** What a worker can do, and its labels, by its name; whoever takes the place of another one has its name, or nearly. */
function abilitiesOf({ workers }: TaskScript, name: string): readonly string[] {
  if (name.startsWith('steady-')) return STEADY;
  return workers.find((one) => one.name === name.replaceAll("'", ''))?.abilities ?? [];
}

/** A UUID of version 7, as production makes them, by a story's own chance. */
function idOf(at: number, nth: number, chance: Chance): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const time = hex(at, 12);
  const place = hex(chance.whole(0, 4_095), 3);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${place}-8${hex(chance.whole(0, 4_095), 3)}-${hex(nth, 12)}`;
}

/** Until nothing is left to be done at this moment: timers and wires are of this world, so that all the rest is promises. */
const promisesKept = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
