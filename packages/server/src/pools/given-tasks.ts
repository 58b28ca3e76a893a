import type { LeasedTask } from '../store/tasks/claim-tasks.ts';

/** Counts how many tasks workers were given by this server. */
export class GivenTasks {
  readonly #counts = new Map<string, number>();

  note(tasks: readonly Pick<LeasedTask, 'worker'>[]): void {
    for (const { worker } of tasks) this.#counts.set(worker, this.of(worker) + 1);
  }

  of(worker: string): number {
    return this.#counts.get(worker) ?? 0;
  }

  /** Forgets all but these. */
  keep(workers: ReadonlySet<string>): void {
    for (const worker of this.#counts.keys()) if (!workers.has(worker)) this.#counts.delete(worker);
  }
}
