/**
 * What the adapter has been ordered and which backend stands for which revision: one file, written before HAProxy is told,
 * so that a process that starts anew comes back with the latest order, and a stale order stays refused after a restart.
 */
import { readFile } from 'node:fs/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { z } from 'zod';
import { writeAtomically } from './write-atomically.ts';

const trackSchema = z.strictObject({
  generation: z.int(),
  /** The order in canonical JSON: the same generation with another one is refused. */
  order: z.string(),
  route: z.strictObject({ host: z.string().nullable(), path: z.string() }),
  /** How instances are talked to. */
  protocol: z.enum(['http1', 'h2c']),
  /** The value in the splits map. */
  line: z.string(),
  /** Whether the split serves anything; one that does not holds no route. */
  serves: z.boolean(),
});

const backendSchema = z.strictObject({
  track: z.string(),
  revision: z.string(),
  /** Servers that were last wanted, for the start of a new process. */
  servers: z.array(z.strictObject({ name: z.string(), address: z.string(), h2c: z.boolean() })),
});

const stateSchema = z.strictObject({
  version: z.literal(1),
  tracks: z.record(z.string(), trackSchema),
  backends: z.record(z.string(), backendSchema),
});

/** The adapter's whole memory. */
export type RouterState = z.infer<typeof stateSchema>;
export type TrackOrder = z.infer<typeof trackSchema>;
export type BackendUse = z.infer<typeof backendSchema>;

/** Nothing was ordered yet. */
export const NO_STATE: RouterState = { version: 1, tracks: {}, backends: {} };

/** Reads the state of a folder; nothing was ordered where there is no file. */
export async function loadState(path: string): Promise<RouterState> {
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return undefined;
    throw SluiceError.from(thrown, `reading ${path}`);
  });
  if (text === undefined) return NO_STATE;
  const parsed = stateSchema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new SluiceError(
    'invalid-input',
    `${path} is not what this version wrote (${z.prettifyError(parsed.error)}); move it away to start without any split.`,
    { next: 'ask-human' },
  );
}

/** Keeps the state across crashes. */
export const saveState = (path: string, state: RouterState): Promise<void> =>
  writeAtomically(path, `${JSON.stringify(state)}\n`);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
