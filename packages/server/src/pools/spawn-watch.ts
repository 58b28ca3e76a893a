import type { TrackStatus } from '@sluice/protocol/host/host-schema.ts';

/** How starts of processes went. */
export interface Spawns {
  readonly succeeded: number;
  readonly failed: number;
}

interface SeenInstance {
  readonly startedAt: number | null;
  readonly isReady: boolean;
  readonly unexpectedExits: number;
}

/**
 * Counts the starts of the processes of a revision by what a host tells of them now and then: one that was seen ready has
 * succeeded, and one that ended by itself before anybody saw it ready has failed. What happened before the first look does
 * not count.
 */
export class SpawnWatch {
  readonly #seen = new Map<number, SeenInstance>();
  #spawns: Spawns = { succeeded: 0, failed: 0 };

  get spawns(): Spawns {
    return this.#spawns;
  }

  /** Part of the starts that succeeded; null before the first is over. */
  get successRate(): number | null {
    const { succeeded, failed } = this.#spawns;
    return succeeded + failed === 0 ? null : succeeded / (succeeded + failed);
  }

  look(instances: TrackStatus['revisions'][string]['instances']): void {
    for (const { instance, state, startedAt, unexpectedExits } of instances) {
      const before = this.#seen.get(instance);
      const isReady = state === 'ready';
      const ended = Math.max(0, unexpectedExits - (before?.unexpectedExits ?? 0));
      const failed = Math.max(0, ended - (before?.isReady === true ? 1 : 0));
      const isNew = before?.startedAt !== startedAt || !before.isReady;
      const { succeeded } = this.#spawns;
      this.#spawns = {
        succeeded: succeeded + (isReady && isNew ? 1 : 0),
        failed: this.#spawns.failed + failed,
      };
      // A process that was ready once has started well, whatever becomes of it.
      const wasReady = before?.isReady === true && before.startedAt === startedAt;
      this.#seen.set(instance, { startedAt, unexpectedExits, isReady: isReady || wasReady });
    }
    const present = new Set(instances.map(({ instance }) => instance));
    for (const instance of this.#seen.keys()) if (!present.has(instance)) this.#seen.delete(instance);
  }
}
