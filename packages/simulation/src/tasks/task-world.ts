import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId } from '@sluice/core/kernel/ids.ts';
import { EMPTY_SPLIT, type Split } from '@sluice/core/traffic/split.ts';
import { hasEnded } from '@sluice/core/tasks/task-state.ts';
import type { BrokenPromise } from '../checkers/broken-promise.ts';
import { Chance } from '../clock/chance.ts';
import { EventQueue } from '../clock/event-queue.ts';
import type { Story } from '../story/story.ts';
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
      openCount: () => store.rows.filter(({ state }) => !hasEnded(state)).length,
      unanswered: () => this.#client.unanswered,
    });
    this.#around = {
      ...{ script, queue, chance, story, store, watch, servers: this.#servers },
      faults: new TaskFaults(script.faults, chance, () => queue.now - BEGIN),
      ring: (by) => this.#ring(by),
      newId: () => `task-${++this.#ids}-${chance.whole(0, 2 ** 31)}`,
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
      if (isCalm && store.rows.every(({ state }) => hasEnded(state))) break;
    }
    if (watch.broken === null) watch.over(store.rows);
    return { broken: watch.broken, sums: watch.sums };
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

  #order({ weights, salt }: SplitScript): void {
    const generation = (this.#ordered?.generation ?? 0) + 1;
    const dealt = weights.map(({ version, basisPoints }) => ({ revision: revisionId(version), basisPoints }));
    this.#ordered = { generation, split: { ...EMPTY_SPLIT, salt, weights: dealt } };
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
    for (const { revision } of this.#ordered?.split.weights ?? [])
      new SimulatedWorker(
        {
          ...{ name: `steady-${revision}`, version: revision, atMs: 0, leavesAtMs: null, concurrency: 10 },
          ...{ abilities: ['gpu'], workMs: 5, failureRate: 0, failsAs: 'crash', way: 'honest' },
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

/** Until nothing is left to be done at this moment: timers and wires are of this world, so that all the rest is promises. */
const promisesKept = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
