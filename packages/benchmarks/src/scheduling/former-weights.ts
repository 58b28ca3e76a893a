import type { WorkerHello } from '@sluice/server/tasks/worker-hello.ts';

/** How quick a worker was taken for, beside its peers: no more and no less than this factor. */
const MOST = 4;
/** Each new duration counted a twentieth. */
const MEAN_OF = 20;

/** What a worker's part went by before its pace was learned: by the moving means of durations. */
export class FormerWeights {
  readonly #means = new Map<string, number>();
  #sum = 0;

  weightOf({ worker }: WorkerHello, capacity: number): number {
    const own = this.#means.get(worker);
    if (own === undefined || this.#means.size < 2) return capacity;
    const peers = (this.#sum - own) / (this.#means.size - 1);
    return capacity * Math.min(MOST, Math.max(1 / MOST, Math.max(1, peers) / Math.max(1, own)));
  }

  took({ worker }: WorkerHello, durationMs: number): void {
    const before = this.#means.get(worker);
    const mean = before === undefined ? durationMs : before + (durationMs - before) / MEAN_OF;
    this.#means.set(worker, mean);
    this.#sum += mean - (before ?? 0);
  }
}
