import type { Effect } from '@sluice/core/rollout/effects.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { Surroundings } from '../world/surroundings.ts';

type CheckRun = Extract<Effect, { kind: 'runChecks' }>;

/** Runs ordered checks beside the work of one replica; what runs is forgotten when the replica dies. */
export class CheckDesk {
  readonly #around: Surroundings;
  readonly #holder: string;
  #running = new Set<string>();

  constructor(around: Surroundings, holder: string) {
    this.#around = around;
    this.#holder = holder;
  }

  start(run: CheckRun, track: TrackState): void {
    this.#around.watch.checksStarted(run, track);
    for (const name of run.names) this.#begin(run, name);
  }

  forget(): void {
    this.#running = new Set();
  }

  #begin(run: CheckRun, name: string): void {
    const { queue, chance, faults, host } = this.#around;
    const running = this.#running;
    const id = `${run.key} ${name}`;
    if (running.has(id)) return;
    running.add(id);
    queue.after(chance.between(300, 3000), () => {
      if (running !== this.#running) return;
      running.delete(id);
      if (faults.present('results-lost', queue.now) || host.isDown) return;
      this.#record(run, name);
    });
  }

  #record({ key, revision }: CheckRun, name: string): void {
    const { store, engine, queue, host, rouse } = this.#around;
    const before = store.track;
    if (before.active?.checks?.key !== key) return;
    const passed = host.revisions.get(revision)?.quality.kind !== 'failing-check';
    const message = passed ? 'status 200' : 'status 500';
    const event = { kind: 'checkFinished', at: queue.now, key, name, passed, message } as const;
    const after = engine.transition(before, event);
    store.commit({ before, after, events: [event], nextWakeAt: queue.now, by: `${this.#holder}'s checks` });
    rouse();
  }
}
