/**
 * What the control plane says to a host, over HTTP with JSON bodies on the host's unix socket:
 *
 *   GET    /v1/host                                    → HostStatus
 *   GET    /v1/tracks                                  → { tracks: string[] }
 *   GET    /v1/tracks/:track                           → TrackStatus (404 when unknown)
 *   PUT    /v1/tracks/:track/revisions/:revision       RevisionOrder → 200 {} | 409 stale | 422 refused
 *   PUT    /v1/tracks/:track/revisions/:revision/pool   PoolOrder → 200 {}; one that is not newer changes nothing | 404 | 422
 *   GET    /v1/tracks/:track/revisions/:revision/usage → InstanceUsage
 *   DELETE /v1/tracks/:track/revisions/:revision?generation=N  → 200 {} once it is drained, stopped and forgotten; 404 is success; repeats join
 *   PUT    /v1/tracks/:track/split                     SplitOrder → 200 {} once every router worker has it | 409 | 422
 *   GET    /v1/tracks/:track/traffic?since=MS&limit=N  → TrafficReply (whole seconds that began at or after `since`)
 *   GET    /v1/ledger-head?tenant=T                     → Witnessed: the last head of the ledger that the host keeps as a witness
 *   PUT    /v1/ledger-head                             HeadOffer → Witnessed; a head that contradicts the last is not kept
 *   POST   /v1/shutdown   { stopProcesses: boolean }      → 200 {} once everything has stopped (or nothing was to stop)
 *   GET    /v1/tracks/:track/revisions/:revision/logs?tail=N&instance=I → text/plain
 *
 * `:track` is the track id, URL-encoded as one segment. Refusals and failures are `{ error: { code, message, remedy } }`.
 * Fencing: the host remembers the highest generation per track on disk; a lower one is refused with 409
 * `stale-generation`; the same generation with other content for the same thing is refused with 409 `generation-reused`.
 */
import { z } from 'zod';
import { sandboxSchema } from './sandbox-schema.ts';
import { splitSchema } from './split-schema.ts';

const secret = z.union([
  z.strictObject({ from: z.literal('file'), path: z.string() }),
  z.strictObject({ from: z.literal('environment'), name: z.string() }),
  /** A file that the control plane has sealed; see `process/sealed-folder.ts`. */
  z.strictObject({ from: z.literal('sealed'), path: z.string() }),
]);

/** How the host runs one revision. */
export const revisionRunSchema = z.strictObject({
  /** What people call it, for example `v1.2.3`. */
  version: z.string(),
  run: z.string(),
  /** Absolute folder of the immutable copy; the working directory of the processes. */
  directory: z.string(),
  env: z.record(z.string(), z.string()),
  secrets: z.record(z.string(), secret),
  health: z.strictObject({
    path: z.string().nullable(),
    withinMs: z.int().positive(),
    intervalMs: z.int().positive(),
    timeoutMs: z.int().positive(),
    failures: z.int().positive(),
  }),
  resources: z.strictObject({ cpuMillis: z.int().min(0), memoryBytes: z.int().min(0) }),
  drainMs: z.int().min(0),
  /** Where workers of agents ask for tasks; left out for a service. */
  workerUrl: z.string().optional(),
  /** Absolute path of the socket at which the control plane serves workers that have no network. */
  workerSocket: z.string().optional(),
  /** Left out where processes are not kept apart. */
  sandbox: sandboxSchema.optional(),
});
export type RevisionRun = z.infer<typeof revisionRunSchema>;

/** Brings a revision to a number of instances. */
export const revisionOrderSchema = z.strictObject({
  generation: z.int().positive(),
  run: revisionRunSchema,
  instances: z.int().min(0),
  /** The revision's instances get a contiguous block of ports that nothing else uses. */
  dedicatedPorts: z.boolean(),
});
export type RevisionOrder = z.infer<typeof revisionOrderSchema>;

/** How the router treats the requests of a track. */
export const routePolicySchema = z.strictObject({
  host: z.string().nullable(),
  path: z.string(),
  protocol: z.enum(['http1', 'h2c']),
  timeoutMs: z.int().positive(),
  /** 0 means no limit. */
  maxBodyBytes: z.int().min(0),
  /** Counted per revision; a goal is an answer below 400 on `path` (prefix), a trial a request on `from`. */
  goal: z.strictObject({ path: z.string(), method: z.string().nullable(), from: z.string() }).nullable(),
});
export type RoutePolicy = z.infer<typeof routePolicySchema>;

/** Puts a split in force; refused when it names a revision that the host does not run. */
export const splitOrderSchema = z.strictObject({
  generation: z.int().positive(),
  route: routePolicySchema,
  split: splitSchema,
});
export type SplitOrder = z.infer<typeof splitOrderSchema>;

/** One process of a revision. */
export const instanceSchema = z.strictObject({
  instance: z.int().min(0),
  pid: z.int().nullable(),
  port: z.int(),
  state: z.enum(['starting', 'ready', 'unready', 'backoff', 'draining', 'stopped']),
  /** When the running process was started, ms since the epoch. */
  startedAt: z.number().nullable(),
  /** Exits that nobody ordered since the revision was first applied. */
  unexpectedExits: z.int(),
  /** `exit code 1`, `signal SIGKILL`, `out of memory`, with the last log line; null when it never exited. */
  lastExit: z.string().nullable(),
});
export type Instance = z.infer<typeof instanceSchema>;

/** What a host knows of one track. */
export const trackStatusSchema = z.strictObject({
  track: z.string(),
  revisions: z.record(
    z.string(),
    z.strictObject({
      generation: z.int(),
      version: z.string(),
      ordered: z.int(),
      ready: z.int(),
      /** At least 3 unexpected exits of one instance within 60 s (or during its start, twice). */
      crashLooping: z.boolean(),
      /** Why instances are not ready, in words; null when all are. */
      reason: z.string().nullable(),
      instances: z.array(instanceSchema),
      /** The pool that is in force; left out where there is none. */
      pool: z.strictObject({ sequence: z.int(), workers: z.int().min(0), isAsleep: z.boolean() }).optional(),
    }),
  ),
  /** The split that every router worker has confirmed; null before the first. */
  split: z.strictObject({ generation: z.int(), split: splitSchema }).nullable(),
});
export type TrackStatus = z.infer<typeof trackStatusSchema>;

/** Counters of one revision in one second. Mirrored copies are counted here for the revision that got them. */
export const armSecondSchema = z.strictObject({
  requests: z.int(),
  /** Answers of 500 and above, and requests that got no answer (connect failure, reset, timeout). */
  errors: z.int(),
  /** Sparse histogram of latency to the end of the answer: [bucket, count], `core/analysis/histogram.ts`. */
  latency: z.array(z.tuple([z.int(), z.int()])),
  /** By class: [1xx, 2xx, 3xx, 4xx, 5xx, no answer]. */
  statuses: z.array(z.int()),
  trials: z.int(),
  goals: z.int(),
  /** Of the mirrored copies: how many answered with another status than the revision that served. */
  mirrorMismatches: z.int(),
});
export type ArmSecond = z.infer<typeof armSecondSchema>;

/** What a host's router counted, by the second. */
export const trafficReplySchema = z.strictObject({
  /** The host's clock, ms. Seconds that ended before it are complete in this reply. */
  now: z.number(),
  /** The earliest second that is still kept, ms. */
  keptSince: z.number(),
  seconds: z.array(z.strictObject({ at: z.number(), arms: z.record(z.string(), armSecondSchema) })),
  /** Requests that the router itself refused or could not place (no ready instance, bad request), in all. */
  refused: z.int(),
});
export type TrafficReply = z.infer<typeof trafficReplySchema>;

/** What a host says of itself. */
export const hostStatusSchema = z.strictObject({
  version: z.string(),
  pid: z.int(),
  startedAt: z.number(),
  routerPort: z.int(),
  routerWorkers: z.array(z.strictObject({ pid: z.int(), ready: z.boolean() })),
  /** The machine that it runs on; hosts that do not tell are older. */
  machine: z
    .strictObject({
      processors: z.int(),
      /** How many processes wanted a processor, on average over the last minute. */
      load: z.number(),
      memoryBytes: z.number(),
      freeMemoryBytes: z.number(),
    })
    .optional(),
});
export type HostStatus = z.infer<typeof hostStatusSchema>;
