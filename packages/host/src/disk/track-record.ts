import {
  type RevisionOrder,
  revisionOrderSchema,
  splitOrderSchema,
} from '@sluice/protocol/host/host-schema.ts';
import { poolOrderSchema } from '@sluice/protocol/host/pool-schema.ts';
import { z } from 'zod';

/** One process as it was intended (no pid yet) or started. Written before the process exists. */
const processRecordSchema = z.object({
  /** Drawn per start; part of the mark that the process carries in its environment. */
  nonce: z.string(),
  port: z.int(),
  startedAt: z.number(),
  /** A pid and its start time mean one process only within one boot of the machine. */
  bootId: z.string(),
  pid: z.int().min(2).nullable(),
  startTicks: z.number().nullable(),
});

const instanceRecordSchema = z.object({
  process: processRecordSchema.nullable(),
  ready: z.boolean(),
  unexpectedExits: z.int(),
  /** The exits since the instance was last stable, oldest first, the latest ten. */
  exits: z.array(z.object({ at: z.number(), duringStart: z.boolean() })),
  lastExit: z.string().nullable(),
});

const revisionRecordSchema = z.object({
  order: revisionOrderSchema,
  /** Left out where there is none. */
  pool: poolOrderSchema.optional(),
  /** Set before the first instance is drained for good; a start goes on with it. */
  retiring: z.boolean(),
  /** Ports that belong to this revision alone: the first of each block. */
  portBlocks: z.array(z.int()),
  instances: z.record(z.string(), instanceRecordSchema),
});

const fenceSchema = z.object({
  /** The highest generation that ever gave an order for the track. */
  generation: z.int(),
  /** What that generation ordered, per thing: a digest of the content. */
  digests: z.record(z.string(), z.string()),
});

/** Everything that a host remembers of one track, in one file. It names secrets and never holds their values. */
export const trackRecordSchema = z.object({
  format: z.literal(1),
  track: z.string(),
  fence: fenceSchema,
  revisions: z.record(z.string(), revisionRecordSchema),
  /** The split last ordered; the router may still be on its way to it. */
  split: splitOrderSchema.nullable(),
});

export type ProcessRecord = Readonly<z.infer<typeof processRecordSchema>>;
export type InstanceRecord = Readonly<z.infer<typeof instanceRecordSchema>>;
export type RevisionRecord = Readonly<z.infer<typeof revisionRecordSchema>>;
export type Fence = Readonly<z.infer<typeof fenceSchema>>;
export type TrackRecord = Readonly<z.infer<typeof trackRecordSchema>>;

/** A track of which nothing was ordered yet. */
export const newTrackRecord = (track: string): TrackRecord => ({
  format: 1,
  track,
  fence: { generation: 0, digests: {} },
  revisions: {},
  split: null,
});

/** An instance that never ran. */
export const newInstanceRecord: InstanceRecord = {
  process: null,
  ready: false,
  unexpectedExits: 0,
  exits: [],
  lastExit: null,
};

/** A record in which a revision is what it now is. */
export const withRevision = (
  record: TrackRecord,
  revision: string,
  changed: RevisionRecord,
): TrackRecord => ({
  ...record,
  revisions: { ...record.revisions, [revision]: changed },
});

/** A record with a new order for a revision, which is not being retired (any more). */
export function withOrder(record: TrackRecord, revision: string, order: RevisionOrder): TrackRecord {
  const present = record.revisions[revision] ?? { portBlocks: [], instances: {} };
  return withRevision(record, revision, { ...present, order, retiring: false });
}

/** A record that has forgotten a revision. */
export function withoutRevision(record: TrackRecord, revision: string): TrackRecord {
  const { [revision]: _gone, ...revisions } = record.revisions;
  return { ...record, revisions };
}
