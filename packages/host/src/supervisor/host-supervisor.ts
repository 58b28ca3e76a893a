import { setTimeout as wait } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Result } from '@sluice/core/kernel/result.ts';
import { mkdir } from 'node:fs/promises';
import { loadTracks, type UnreadableTrack } from '../disk/load-tracks.ts';
import { newTrackRecord, type TrackRecord } from '../disk/track-record.ts';
import type { Router } from '../router/router.ts';
import type { HostResources } from './host-resources.ts';
import { endOrphans, type Household, rotateLogs } from './housekeeping.ts';
import { findMarked } from './process-mark.ts';
import { isRunning } from './process-table.ts';
import { TrackSupervisor } from './track-supervisor.ts';

/**
 * All tracks of a host.
 * Owns: one supervisor per track, and the timers that keep logs and processes in order.
 * 1. After a start every process that carries a mark of this directory is either adopted or ended.
 * 2. A track whose record cannot be read is left alone, processes and all, until a person has looked.
 */
export class HostSupervisor {
  readonly #host: HostResources;
  readonly #router: Router;
  readonly #tracks = new Map<string, TrackSupervisor>();
  readonly #unreadable = new Map<string, UnreadableTrack>();
  readonly #closing = new AbortController();
  #housekeeping: Promise<unknown> = Promise.resolve();

  private constructor(host: HostResources, router: Router) {
    this.#host = host;
    this.#router = router;
  }

  /** Reads what is on disk, adopts what runs, and goes on from there. */
  static async start(host: HostResources, router: Router): Promise<HostSupervisor> {
    const supervisor = new HostSupervisor(host, router);
    await supervisor.#resume();
    return supervisor;
  }

  tracks(): string[] {
    const known = [...this.#tracks.values()].filter(({ blank }) => !blank).map(({ track }) => track);
    return [...known, ...this.#unreadable.keys()];
  }

  /** A track that has been given an order; undefined for others. Throws when its state file cannot be used. */
  track(name: string): TrackSupervisor | undefined {
    this.#assertReadable(name);
    const known = this.#tracks.get(name);
    return known?.blank ? undefined : known;
  }

  /** Gives an order to a track, which comes into being with the first one that is accepted. */
  async order<Value>(
    name: string,
    give: (track: TrackSupervisor) => Promise<Result<Value>>,
  ): Promise<Result<Value>> {
    this.#assertOpen();
    this.#assertReadable(name);
    const track = this.#tracks.get(name) ?? this.#supervise(newTrackRecord(name));
    this.#tracks.set(name, track);
    try {
      return await give(track);
    } finally {
      if (track.blank) this.#tracks.delete(name);
    }
  }

  /** Takes no more orders and keeps house no more; what was ordered before goes on. */
  refuseOrders(): void {
    this.#closing.abort();
  }

  /** Ends the supervision, after the router was closed; processes go on unless they are to be stopped as well. */
  async close({ stopProcesses }: { stopProcesses: boolean }): Promise<void> {
    this.refuseOrders();
    const tracks = [...this.#tracks.values()];
    if (stopProcesses) await Promise.all(tracks.map((track) => track.stopProcesses()));
    await Promise.all(tracks.map((track) => track.close()));
    await this.#housekeeping;
  }

  async #resume(): Promise<void> {
    const { bootId, log, paths, limits } = this.#host;
    await mkdir(paths.stateFolder, { recursive: true, mode: 0o700 });
    const { records, unreadable } = await loadTracks(paths, Date.now());
    for (const broken of unreadable) {
      this.#unreadable.set(broken.track, broken);
      log('error', 'state file cannot be used', { path: broken.path, fault: broken.fault });
    }
    const sighting = { bootId, isRunning, marked: await findMarked(paths.directoryHash) };
    for (const record of records) {
      const track = this.#supervise(record);
      this.#tracks.set(record.track, track);
      await track.resume(sighting);
    }
    const household = this.#household();
    this.#housekeeping = Promise.all([
      this.#repeat(limits.logLookMs, () => rotateLogs(household)),
      this.#repeat(limits.orphanLookMs, () => endOrphans(household)),
    ]);
  }

  #supervise(record: TrackRecord): TrackSupervisor {
    return new TrackSupervisor(this.#host, this.#router, record, (route, asking) => {
      const others = [...this.#tracks.values()].filter(({ track }) => track !== asking);
      return others.find((track) => track.holds(route))?.track;
    });
  }

  #household(): Household {
    const { log, paths, limits } = this.#host;
    const tracks = () => [...this.#tracks.values()];
    return {
      directoryHash: paths.directoryHash,
      limits,
      log,
      marks: () => new Set(tracks().flatMap((track) => track.marks())),
      unknownTracks: new Set(this.#unreadable.keys()),
      logFiles: () => tracks().flatMap((track) => track.logFiles()),
    };
  }

  async #repeat(everyMs: number, task: () => Promise<unknown>): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await task().catch((error: unknown) => {
        this.#host.log('error', 'housekeeping failed', {
          reason: SluiceError.from(error, 'keep house').message,
        });
      });
      await wait(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #assertOpen(): void {
    if (this.#closing.signal.aborted)
      throw new SluiceError('unreachable', 'The host is shutting down and takes no orders.', {
        next: 'retry',
      });
  }

  /** Silence about such a track would look as if nothing of it ran. */
  #assertReadable(name: string): void {
    const broken = this.#unreadable.get(name);
    if (broken === undefined) return;
    throw new SluiceError(
      'unexpected',
      `Nothing is known of the track ${name}: its state file ${broken.path} cannot be used (${broken.fault}).`,
      { next: 'ask-human' },
    );
  }
}
