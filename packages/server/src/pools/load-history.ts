import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import {
  foreseenPlaces,
  HISTORY_BUCKET_MS,
  HISTORY_DAYS,
  type LoadHistory as LoadByStart,
} from '@sluice/core/tasks/pool-forecast.ts';
import type { LoadLook } from '../store/pools/pool-history.ts';

/** Where the history of loads lies. */
export interface LoadHistoryPorts {
  readonly read: (
    queue: TrackId,
    since: Instant,
  ) => Promise<readonly { readonly at: Instant; readonly places: number }[]>;
  readonly write: (looks: readonly LoadLook[]) => Promise<void>;
  readonly forget: (before: Instant) => Promise<void>;
}

/** How often looks are written, in ms, as their means; what a server that dies has not written is no loss for a forecast. */
const WRITE_MS = 30_000;
/** How often the history is read anew, in ms; it has an entry for five minutes. */
const READ_MS = 60_000;
const DAY_MS = 86_400_000;

/** Remembers what tracks needed, and says what they will need. */
export class LoadHistory {
  readonly #ports: LoadHistoryPorts;
  readonly #seen = new Map<TrackId, { places: number; looks: number }>();
  readonly #kept = new Map<TrackId, { readonly at: Instant; readonly byStart: LoadByStart }>();
  #writtenAt = 0;
  #forgottenAt = 0;

  constructor(ports: LoadHistoryPorts) {
    this.#ports = ports;
  }

  /** Notes what a track needs at this moment; writes what was noted now and then. */
  async note(queue: TrackId, places: number, now: Instant): Promise<void> {
    const { places: sum, looks } = this.#seen.get(queue) ?? { places: 0, looks: 0 };
    this.#seen.set(queue, { places: sum + places, looks: looks + 1 });
    if (now - this.#writtenAt < WRITE_MS) return;
    this.#writtenAt = now;
    const bucket = Math.floor(now / HISTORY_BUCKET_MS) * HISTORY_BUCKET_MS;
    const means = [...this.#seen].map(([seen, of]) => ({
      queue: seen,
      bucket,
      places: of.places / of.looks,
    }));
    this.#seen.clear();
    await this.#ports.write(means);
    if (now - this.#forgottenAt < DAY_MS) return;
    this.#forgottenAt = now;
    await this.#ports.forget(now - (HISTORY_DAYS + 1) * DAY_MS);
  }

  /** Places that a track will need at some moment within so many ms. */
  async foreseen(queue: TrackId, now: Instant, aheadMs: number): Promise<number> {
    const present = this.#kept.get(queue);
    const isFresh = present !== undefined && now - present.at < READ_MS;
    const byStart = isFresh ? present.byStart : await this.#read(queue, now);
    if (!isFresh) this.#kept.set(queue, { at: now, byStart });
    return foreseenPlaces(byStart, now, aheadMs);
  }

  async #read(queue: TrackId, now: Instant): Promise<LoadByStart> {
    const entries = await this.#ports.read(queue, now - (HISTORY_DAYS + 1) * DAY_MS);
    return new Map(entries.map(({ at, places }) => [at, places]));
  }
}
