import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { splitOrderSchema } from '@sluice/protocol/host/host-schema.ts';
import { writeAtomically } from '../disk/write-atomically.ts';
import type { TrackTable } from './track-table.ts';
import type { TrackState } from './worker-message.ts';

const endpointSchema = z.strictObject({
  revision: z.string(),
  host: z.literal('127.0.0.1'),
  port: z.int().min(1).max(65_535),
  draining: z.boolean(),
});

const stateSchema = z.strictObject({
  version: z.literal(1),
  tracks: z.array(
    z.strictObject({
      track: z.string(),
      table: splitOrderSchema.extend({ track: z.string() }).nullable(),
      endpoints: z.array(endpointSchema),
    }),
  ),
});

/**
 * Reads the last tables; none when the file does not exist.
 * @throws SluiceError `invalid-input` when it cannot be understood
 */
export async function readState(path: string): Promise<TrackState[]> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw SluiceError.from(cause, `reading the router's last tables from ${path}`);
  });
  if (text === undefined) return [];
  try {
    const { tracks } = stateSchema.parse(JSON.parse(text));
    return tracks.map(({ track, table, endpoints }) => ({
      track,
      // The wire's split carries plain strings where the domain has branded ones.
      table: table as TrackTable | null,
      endpoints,
    }));
  } catch (cause) {
    throw new SluiceError(
      'invalid-input',
      `the router's last tables in ${path} cannot be understood; move the file away to start without routes`,
      { next: 'ask-human', cause },
    );
  }
}

/**
 * Keeps the tables on disk. Each version replaces the file as a whole, so that a crash at any moment leaves the old one
 * or the new one. Versions that come while one is being written are written as one.
 */
export class StateWriter {
  readonly #path: string;
  readonly #snapshot: () => readonly TrackState[];
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(path: string, snapshot: () => readonly TrackState[]) {
    this.#path = path;
    this.#snapshot = snapshot;
  }

  /** Resolves when everything that the snapshot holds now is on disk. */
  save(): Promise<void> {
    if (this.#running === undefined) return this.#begin();
    this.#next ??= this.#running.catch(() => undefined).then(() => this.#begin());
    return this.#next;
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    const text = `${JSON.stringify({ version: 1, tracks: this.#snapshot() })}\n`;
    const running = writeAtomically(this.#path, text).catch((cause: unknown) => {
      throw SluiceError.from(cause, `writing the router's tables to ${this.#path}`);
    });
    const settled = running.finally(() => {
      if (this.#running === settled) this.#running = undefined;
    });
    this.#running = settled;
    return settled;
  }
}
