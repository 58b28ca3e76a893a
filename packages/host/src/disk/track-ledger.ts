import { join } from 'node:path';
import type { HostPaths } from './host-paths.ts';
import { trackFileName } from './host-paths.ts';
import type { TrackRecord } from './track-record.ts';
import { writeAtomically } from './write-atomically.ts';

/**
 * The record of one track, in memory and on disk.
 * Owns: the file `state/<track>.json`.
 * 1. `record` holds every change at once; a resolved `update` means that the change is on disk.
 * 2. Writes happen one after the other; changes that arrive during a write share the next one.
 * 3. A change whose write failed is part of the next write.
 */
export class TrackLedger {
  #record: TrackRecord;
  readonly #path: string;
  #lastWrite: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | null = null;

  constructor(paths: HostPaths, record: TrackRecord) {
    this.#record = record;
    this.#path = join(paths.stateFolder, `${trackFileName(record.track)}.json`);
  }

  get record(): TrackRecord {
    return this.#record;
  }

  /** Changes the record and resolves when the change is on disk; rejects when it could not be written. */
  update(change: (record: TrackRecord) => TrackRecord): Promise<void> {
    this.#record = change(this.#record);
    this.#waiting ??= this.#writeNext();
    return this.#waiting;
  }

  /** Resolves when no write is under way any more, whatever came of it. */
  settled(): Promise<void> {
    return this.#lastWrite;
  }

  #writeNext(): Promise<void> {
    const write = this.#lastWrite.then(() => {
      this.#waiting = null;
      return writeAtomically(this.#path, JSON.stringify(this.#record));
    });
    this.#lastWrite = write.catch(() => undefined);
    return write;
  }
}
